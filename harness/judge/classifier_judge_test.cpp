// Verdicts from the logits of harness/oracle/classifier.py: its softmax, added
// up by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "harness/base/json.h"
#include "harness/judge/judge.h"
#include "harness/model/test_fixtures.h"
#include "harness/target/text_classifier.h"

namespace lethe {
namespace {

using testing::HasSubstr;

std::string testdata(const std::string& name) {
  return std::string(LETHE_SOURCE_DIR) + "/harness/model/testdata/classifier/" +
         name;
}

Rubric shipped(const std::string& name) {
  return read_rubric(std::string(LETHE_SOURCE_DIR) + "/suites/rubrics/" + name +
                     ".json");
}

Rubric rubric_of(const Json& labels) {
  return rubric_from_json({{"rubric", "wet"},
                           {"verdicts", {{{"name", "wet"}}, {{"name", "dry"}}}},
                           {"labels", labels}},
                          "wet.json");
}

std::vector<Judgement> judged(const std::string& folder, const Rubric& rubric,
                              const std::vector<std::string>& outputs) {
  std::vector<Completion> items;
  for (const std::string& output : outputs) {
    items.push_back({"a", "Never read: " + output, output, {}, "row"});
  }
  const auto model = std::make_shared<const TextClassifier>(
      testdata(folder), TextClassifierOptions{test_compute(), 0, false});
  return classifier_judge(rubric, model)->judge(items);
}

TEST(ClassifierJudge, AddsTheProbabilitiesOfAVerdictsLabels) {
  const Json golden = read_json(testdata("distilbert") + "/golden.json");
  const std::vector<std::string> texts = golden["texts"];
  const auto all = judged("distilbert", shipped("gibberish"), texts);
  ASSERT_EQ(all.size(), texts.size());
  for (size_t i = 0; i < texts.size(); ++i) {
    double clean = 0, sum = 0;
    for (size_t k = 0; k < 4; ++k) {
      const double weight = std::exp(golden["text_logits"][i][k].get<double>());
      if (k == 0) clean = weight;
      sum += weight;
    }
    EXPECT_NEAR(all[i].probabilities[0], 1 - clean / sum, 1e-5) << texts[i];
    EXPECT_NEAR(all[i].probabilities[1], clean / sum, 1e-5);
    EXPECT_EQ(all[i].verdict, clean / sum > 0.5 ? 1u : 0u);
    EXPECT_EQ(all[i].mass, 1);
    EXPECT_EQ(all[i].because, "");
  }
  EXPECT_FALSE(all[1].truncated);  // empty
  EXPECT_TRUE(all[4].truncated);
}

TEST(ClassifierJudge, FindsLabelsWhateverTheirCase) {
  const Rubric rubric =
      rubric_of({{"wet", {"NOISE", "Word Salad"}}, {"dry", {"clean"}}});
  const Json golden = read_json(testdata("bert") + "/golden.json");
  const auto all = judged("bert", rubric, {golden["texts"][0]});
  const std::vector<double> z = golden["text_logits"][0];
  const double sum = std::exp(z[0]) + std::exp(z[1]) + std::exp(z[2]);
  EXPECT_NEAR(all[0].probabilities[1], std::exp(z[1]) / sum, 1e-5);
}

TEST(ClassifierJudge, JudgesEqualOutputsAlikeAndNoneAsNone) {
  const auto all =
      judged("distilbert", shipped("gibberish"), {"rain", "the", "rain"});
  EXPECT_EQ(all[0].probabilities, all[2].probabilities);
  EXPECT_NE(all[0].probabilities, all[1].probabilities);
  EXPECT_TRUE(judged("distilbert", shipped("gibberish"), {}).empty());
}

std::string refusal(const std::string& folder, const Rubric& rubric) {
  std::string early, late;
  try {
    check_classifier(rubric, testdata(folder));
  } catch (const Error& error) {
    EXPECT_EQ(error.fault(), Fault::usage);
    early = error.what();
  }
  try {
    judged(folder, rubric, {"the"});
  } catch (const Error& error) {
    late = error.what();
  }
  EXPECT_EQ(early, late);
  return early;
}

TEST(ClassifierJudge, RefusesARubricThatDoesNotFitTheFolder) {
  EXPECT_EQ(refusal("distilbert", shipped("gibberish")), "");
  EXPECT_THAT(refusal("roberta", shipped("gibberish")),
              HasSubstr("the label \"NORMAL\" means no verdict of the rubric "
                        "gibberish (its labels: NORMAL, REJECTION)"));
  EXPECT_THAT(refusal("roberta", shipped("leak")),
              HasSubstr("does not say what a classifier's labels mean"));
  const Rubric one_sided =
      rubric_of({{"wet", {"normal", "rejection"}}, {"dry", {"other"}}});
  EXPECT_THAT(refusal("roberta", one_sided),
              HasSubstr("no label means the verdict \"dry\""));
}

std::string rubric_error(const Json& labels) {
  try {
    rubric_of(labels);
    return "";
  } catch (const Error& error) {
    EXPECT_EQ(error.fault(), Fault::usage);
    return error.what();
  }
}

TEST(RubricLabels, AreRefusedWhereTheySayNothing) {
  EXPECT_EQ(rubric_error({{"wet", {"a"}}, {"dry", {"b", "c"}}}), "");
  EXPECT_THAT(rubric_error({{"wett", {"a"}}, {"dry", {"b"}}}),
              HasSubstr("did you mean wet"));
  EXPECT_THAT(rubric_error({{"wet", {"a"}}}),
              HasSubstr("\"dry\" has no label"));
  EXPECT_THAT(rubric_error({{"wet", {"a"}}, {"dry", Json::array()}}),
              HasSubstr("\"dry\" has no label"));
  EXPECT_THAT(rubric_error({{"wet", {"Clean"}}, {"dry", {"clean"}}}),
              HasSubstr("is there twice"));
  EXPECT_THAT(rubric_error({{"wet", "a"}, {"dry", {"b"}}}),
              HasSubstr("is no list"));
  EXPECT_THAT(rubric_error({{"wet", {1}}, {"dry", {"b"}}}),
              HasSubstr("holds 1, no text"));
  EXPECT_THAT(rubric_error("a"), HasSubstr("is no object"));
}

TEST(RubricLabels, AloneMakeNoJudgeByRulesOrAnswers) {
  const Rubric rubric = rubric_of({{"wet", {"a"}}, {"dry", {"b"}}});
  try {
    rules_judge(rubric);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("has no rules"));
  }
}

}  // namespace
}  // namespace lethe
