// BERTScore with states that can be worked by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "harness/base/registry.h"
#include "metrics/metric_testing.h"
#include "metrics/toy_text_model.h"

namespace lethe {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Two directions for words, a third one for what stands around a text.
ToyTextModel toy() {
  return ToyTextModel({{"a", {2, 0, 0}},
                       {"b", {0, 3, 0}},
                       {"d", {0.6f, 0.8f, 0}},
                       {"минус", {-1, 0, -0.1f}},
                       {"?", {1, 1, 0}},
                       {"bad", {NAN, 0, 0}},
                       {"none", {0, 0, 0}},
                       {"[", {0, 0, 1}},
                       {"]", {0, 0, 1}}});
}

Json with(Json options) {
  options["model"] = "toy";
  if (!options.contains("layer")) options["layer"] = 2;
  return options;
}

std::unique_ptr<Metric> bertscore(const Json& options = Json::object()) {
  return Registry<Metric>::make("bertscore", with(options));
}

// Precision, recall and F1 of one pair.
std::vector<double> score(const std::string& output,
                          const std::vector<std::string>& references,
                          const Json& options = Json::object()) {
  ToyTextModel model = toy();
  const auto metric = bertscore(options);
  std::vector<double> found;
  const auto rows = items(*metric, {answer(output, references)}, &model);
  for (const auto& [field, value] : rows.at(0)) found.push_back(value);
  return found;
}

std::string refusal(const Json& options) {
  try {
    ToyTextModel model = toy();
    items(*Registry<Metric>::make("bertscore", options), {answer("a", {"a"})},
          &model);
  } catch (const Error& error) {
    EXPECT_EQ(error.fault(), Fault::usage);
    return error.what();
  }
  return "";
}

void expect_near(const std::vector<double>& got,
                 const std::vector<double>& wanted) {
  ASSERT_EQ(got.size(), wanted.size());
  for (size_t i = 0; i < got.size(); ++i) {
    EXPECT_NEAR(got[i], wanted[i], 1e-6) << i;
  }
}

TEST(BertScore, IsTheMeanOfBestCosines) {
  // a is at right angles to b, d near it by 0.8.
  expect_near(score("a d", {"b"}), {0.4, 0.8, 2 * 0.4 * 0.8 / 1.2});
  expect_near(score("a b", {"b a"}), {1, 1, 1});
  expect_near(score("a", {"a"}), {1, 1, 1});
}

TEST(BertScore, GivesItsFieldsByName) {
  ToyTextModel model = toy();
  const auto rows = items(*bertscore(), {answer("a d", {"b"})}, &model);
  std::vector<std::string> names;
  for (const auto& [name, value] : rows.at(0)) names.push_back(name);
  EXPECT_THAT(names, ElementsAre("precision", "recall", "f1"));
  EXPECT_THAT(model.layers, ElementsAre(2));
}

TEST(BertScore, TakesTheBestOfEachFieldOverReferences) {
  // "a" alone: P 0.8, R 1; "a b b" alone: P 1, R 2/3 and the rest by d.
  const auto one = score("a b", {"a"});
  const auto two = score("a b", {"a b d"});
  expect_near(one, {0.5, 1, 2 * 0.5 / 1.5});
  expect_near(two, {1, 2.8 / 3, 2 * (2.8 / 3) / (1 + 2.8 / 3)});
  expect_near(score("a b", {"a", "a b d"}), {1, 1, two[2]});
}

TEST(BertScore, CountsATokenThatNothingIsNearAsZeroUnlessAskedNotTo) {
  const double away = -0.1 / std::sqrt(1.01);  // from what is around a text
  expect_near(score("минус", {"a"}), {0, 0, 0});
  expect_near(score("минус a", {"a"}, {{"clamp", false}}),
              {(away + 1) / 2, 1, (away + 1) / (1.5 + away / 2)});
}

TEST(BertScore, WeighsByRarityAmongReferences) {
  ToyTextModel model = toy();
  const Observations seen = {answer("a d", {"a b"}), answer("d", {"b"})};
  const auto rows = items(*bertscore({{"idf", true}}), seen, &model);
  // Of 2 references 1 has a, both have b; d is in none.
  const double a = std::log(3.0 / 2), d = std::log(3.0);
  const double precision = (a * 1 + d * 0.8) / (a + d);
  expect_near({rows[0][0].second, rows[0][1].second}, {precision, 1});
  // Every weight of "b" is 0: there is no mean.
  EXPECT_NEAR(rows[1][0].second, 0.8, 1e-6);
  EXPECT_TRUE(std::isnan(rows[1][1].second));
  EXPECT_TRUE(std::isnan(rows[1][2].second));
}

TEST(BertScore, CountsReferencesAsOftenAsTheyAreGiven) {
  ToyTextModel model = toy();
  const Observations seen = {answer("a b", {"a", "b"}), answer("a b", {"a"})};
  const auto rows = items(*bertscore({{"idf", true}}), seen, &model);
  const double a = std::log(4.0 / 3), b = std::log(4.0 / 2);
  EXPECT_NEAR(rows[1][0].second, a / (a + b), 1e-6);
}

TEST(BertScore, IsZeroWhereATextIsEmptyAndSaysSo) {
  for (const Json& options : {Json::object(), Json{{"idf", true}}}) {
    expect_near(score("", {"a"}, options), {0, 0, 0});
    expect_near(score("a", {" \n\u3000"}, options), {0, 0, 0});
    expect_near(score("", {""}, options), {0, 0, 0});
    expect_near(score("[", {"a"}, options), {0, 0, 0});
  }
  ToyTextModel model = toy();
  const Observations seen = {answer("", {"a"}), answer("a d", {"a"})};
  const auto metric = bertscore();
  const Aggregate all =
      measure(*metric, items(*metric, seen, &model), seen, nullptr);
  EXPECT_EQ(all.at(2).first, "f1");
  EXPECT_EQ(all.at(2).second.n, 2);
  EXPECT_THAT(all.at(2).second.note, HasSubstr("1 of 2 items"));
}

TEST(BertScore, HasNoValueForStatesWithoutADirection) {
  for (const char* text : {"bad", "none"}) {
    for (const double value : score(text, {"a"})) {
      EXPECT_TRUE(std::isnan(value)) << text;
    }
    EXPECT_TRUE(std::isnan(score("a", {"a", text}).at(2))) << text;
  }
}

TEST(BertScore, RescalesEachFieldByItsOwnBaseline) {
  const std::string path = testing::TempDir() + "baseline.tsv";
  std::ofstream(path) << "LAYER,P,R,F\n0,0.1,0.1,0.1\n2,0.2,0.5,0.3\n";
  const Json options = {{"rescale", true}, {"baseline", path}};
  expect_near(score("a d", {"b"}, options),
              {0.2 / 0.8, 0.3 / 0.5, (0.64 / 1.2 - 0.3) / 0.7});
  Json deeper = options;
  deeper["layer"] = 1;
  EXPECT_THAT(refusal(with(deeper)), HasSubstr("no row of layer 1"));
}

TEST(BertScore, StripsTextsAndComputesEqualOnesOnce) {
  ToyTextModel model = toy();
  const Observations seen = {answer("a", {"b", "\tb "}), answer(" a", {"a\n"}),
                             answer("a", {"d"})};
  items(*bertscore(), seen, &model);
  EXPECT_THAT(model.texts, ElementsAre("a", "b", "d"));
  EXPECT_EQ(model.computed, 3);
}

TEST(BertScore, PutsASpaceBeforeTextsOfTokenizersThatThePeerSpaces) {
  const auto encoded = [](const std::string& name, const std::string& type,
                          const Json& options) {
    ToyTextModel model = toy();
    model.shape().tokenizer_class = name;
    model.shape().model_type = type;
    items(*bertscore(options), {answer(" a", {"  "})}, &model);
    return model.texts;
  };
  EXPECT_THAT(encoded("RobertaTokenizer", "roberta", Json::object()),
              ElementsAre(" a", ""));
  EXPECT_THAT(encoded("", "roberta", Json::object()), ElementsAre(" a", ""));
  EXPECT_THAT(encoded("PreTrainedTokenizer", "roberta", Json::object()),
              ElementsAre("a", ""));
  EXPECT_THAT(encoded("", "bert", {{"prefix_space", "always"}}),
              ElementsAre(" a", ""));
  EXPECT_THAT(encoded("", "roberta", {{"prefix_space", "never"}}),
              ElementsAre("a", ""));
}

TEST(BertScore, KnowsThePeersLayerByTheShapeOfTheModel) {
  ToyTextModel model = toy();
  model.shape().model_type = "roberta";
  model.shape().vocab_size = 50265;
  model.shape().layers = 24;
  model.shape().hidden_size = 1024;
  const auto metric = Registry<Metric>::make("bertscore", {{"model", "toy"}});
  metric->check_model(model.shape());
  model.shape().layers = 23;
  try {
    metric->check_model(model.shape());
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "bertscore layer: is not given, and bert_score has none for a "
                 "roberta of 23 layers, width 1024 and 50265 tokens: --set "
                 "layer=N, 0 (the embeddings) to 23");
  }
}

TEST(BertScore, RefusesWhatItCannotRead) {
  EXPECT_THAT(refusal(Json::object()), HasSubstr("model: is missing"));
  EXPECT_THAT(refusal(with({{"layer", 4}})),
              HasSubstr("is 4, the model has 3"));
  EXPECT_THAT(refusal(with({{"layer", -2}})), HasSubstr("is -2"));
  EXPECT_THAT(refusal(with({{"rescale", true}})), HasSubstr("baseline"));
  EXPECT_THAT(refusal(with({{"baseline", "f"}})), HasSubstr("rescale=true"));
  EXPECT_THAT(refusal(with({{"prefix_space", "allways"}})),
              HasSubstr("always"));
  EXPECT_THAT(refusal(with({{"layers", 1}})), HasSubstr("layer"));
  TextModelShape decoder;
  decoder.model_type = "gpt2";
  decoder.encoder = false;
  EXPECT_THROW(bertscore()->check_model(decoder), Error);
}

}  // namespace
}  // namespace lethe
