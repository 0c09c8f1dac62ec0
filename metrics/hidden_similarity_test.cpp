// Hidden similarity with states that can be worked by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "harness/base/registry.h"
#include "metrics/metric_testing.h"
#include "metrics/toy_text_model.h"

namespace lethe {
namespace {

using testing::HasSubstr;

// Words at angles to one another, specials at right angles to them.
ToyTextModel decoder() {
  ToyTextModel model({{"a", {1, 0, 0}},
                      {"d", {0.6f, 0.8f, 0}},
                      {"?", {0, 1, 0}},
                      {"[", {0, 0, 1}},
                      {"]", {0, 0, 1}}});
  model.shape().encoder = false;
  model.shape().model_type = "llama";
  return model;
}

std::unique_ptr<Metric> similarity(Json options = Json::object()) {
  options["model"] = "toy";
  return Registry<Metric>::make("hidden_similarity", options);
}

// Two items: each output is the other's reference by 0.6.
Observations two() { return {answer("a", {"a"}), answer("d", {"d"})}; }

TEST(HiddenSimilarity, RescalesByRandomPairsOfTheDataItself) {
  ToyTextModel model = decoder();
  const auto metric = similarity({{"pairs", 7}, {"seed", 3}});
  const Observations seen = {answer("a", {"a"}), answer("d", {"d"}),
                             answer("a", {"d"})};
  const std::vector<Row> rows = items(*metric, seen, &model);
  ASSERT_EQ(rows.size(), 3);
  EXPECT_EQ(rows[0][3].first, "above_chance");
  // Any two different texts are alike by 0.6.
  EXPECT_NEAR(rows[0][4].second, 0.6, 1e-6);
  EXPECT_NEAR(rows[0][2].second, 1, 1e-6);
  EXPECT_NEAR(rows[0][3].second, 1, 1e-6);
  EXPECT_NEAR(rows[2][0].second, 0.6, 1e-6);
  EXPECT_NEAR(rows[2][3].second, 0, 1e-6);
  EXPECT_EQ(model.layers.at(0), 3);  // the last
  const Aggregate all = measure(*metric, rows, seen, nullptr);
  std::vector<std::string> names;
  for (const auto& [field, value] : all) names.push_back(field);
  EXPECT_EQ(names, metric->fields());
  EXPECT_NEAR(all[3].second.value, 2.0 / 3, 1e-6);
  EXPECT_EQ(all[3].second.n, 3);
  EXPECT_EQ(all[4].second.n, 7);
  EXPECT_THAT(all[3].second.note, HasSubstr("7 random pairs, seed 3"));
}

// Three items whose many references are their own outputs in variants: an item
// beside its own other references would be alike by 1.
TEST(HiddenSimilarity, NeverPairsAnItemWithItself) {
  ToyTextModel model({{"a", {1, 0, 0}},
                      {"a.", {1, 0, 0}},
                      {"d", {0.6f, 0.8f, 0}},
                      {"d.", {0.6f, 0.8f, 0}},
                      {"?", {0, 1, 0}},
                      {"[", {0, 0, 1}},
                      {"]", {0, 0, 1}}});
  model.shape().encoder = false;
  model.shape().model_type = "llama";
  const Observations seen = {answer("a", {"a", "a.", "a a", "a. a"}),
                             answer("d", {"d", "d.", "d d", "d. d"})};
  EXPECT_NEAR(items(*similarity(), seen, &model)[0][4].second, 0.6, 1e-6);
}

TEST(HiddenSimilarity, TakesTheBestOfTheOthersReferences) {
  ToyTextModel model = decoder();
  // "?" is far from "a", "d" is near: of both the better counts.
  const Observations seen = {answer("a", {"a"}), answer("a a", {"?", "d"})};
  const double baseline = items(*similarity(), seen, &model)[0][4].second;
  // a beside ?, d: 0.6; a a beside a: 1.
  EXPECT_GT(baseline, 0.6 + 0.01);
  EXPECT_LT(baseline, 1);
  const Observations one_sided = {answer("a", {"a"}), answer("", {"?", "d"})};
  EXPECT_NEAR(items(*similarity(), one_sided, &model)[0][4].second, 0.6, 1e-6);
}

TEST(HiddenSimilarity, DrawsTheSamePairsForASeed) {
  Observations seen = two();
  for (const char* text : {"a d", "d d a", "x", "x a"}) {
    seen.push_back(answer(text, {std::string(text) + " a"}));
  }
  const auto baseline = [&](int seed) {
    ToyTextModel model = decoder();
    return items(*similarity({{"pairs", 3}, {"seed", seed}}), seen, &model)
        .at(0)[4]
        .second;
  };
  EXPECT_EQ(baseline(1), baseline(1));
  std::set<double> found;
  for (int seed = 0; seed < 10; ++seed) found.insert(baseline(seed));
  EXPECT_GT(found.size(), 3);
}

TEST(HiddenSimilarity, HasNoBaselineWithoutDifferentTexts) {
  for (const Observations& seen :
       {Observations{answer("a", {"a"})}, Observations{answer("", {"a"})},
        Observations{answer("a", {"d"}), answer("a", {"d"})}}) {
    ToyTextModel model = decoder();
    const auto metric = similarity();
    const std::vector<Row> rows = items(*metric, seen, &model);
    EXPECT_TRUE(std::isnan(rows[0][3].second));
    EXPECT_FALSE(std::isnan(rows[0][2].second));
    const Aggregate all = measure(*metric, rows, seen, nullptr);
    EXPECT_THAT(all[3].second.reason, HasSubstr("different texts"));
  }
}

TEST(HiddenSimilarity, RefusesEncodersAndWrongOptions) {
  ToyTextModel model = decoder();
  model.shape().encoder = true;
  EXPECT_THROW(items(*similarity(), two(), &model), Error);
  EXPECT_THROW(similarity({{"pairs", 0}}), Error);
  EXPECT_THROW(similarity({{"seed", -1}}), Error);
  EXPECT_THROW(Registry<Metric>::make("hidden_similarity", Json::object()),
               Error);
}

}  // namespace
}  // namespace lethe
