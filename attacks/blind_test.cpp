// The baseline that never asks a model.
#include <gtest/gtest.h>

#include <cmath>

#include "attacks/bag_of_words.h"
#include "harness/base/registry.h"
#include "harness/plugin/metric.h"

namespace lethe {
namespace {

using Words = std::vector<std::string>;

LabelledText text_of(const std::string& text, bool member) {
  return {words_of(text), static_cast<double>(text.size()), member};
}

std::vector<LabelledText> harbour_and_market() {
  std::vector<LabelledText> all;
  for (const char* text :
       {"the harbour master kept a green lamp",
        "a green lamp burned above the harbour",
        "the lamp keeper walked along the quay at night",
        "boats waited for the lamp before the tide turned and the harbour "
        "filled"}) {
    all.push_back(text_of(text, true));
  }
  for (const char* text : {"the market opened early with fresh bread",
                           "bread and apples were sold at the market",
                           "a baker carried bread across the square in the "
                           "morning",
                           "the square filled before the market opened"}) {
    all.push_back(text_of(text, false));
  }
  return all;
}

TEST(BagOfWords, WordsOfAnyScript) {
  EXPECT_EQ(words_of("It's RAINING, again; 3 Öre."),
            (Words{"it", "s", "raining", "again", "3", "öre"}));
  EXPECT_EQ(words_of("Привет, мир"), (Words{"привет", "мир"}));
  EXPECT_EQ(words_of("海は広い"), (Words{"海", "は", "広", "い"}));
  EXPECT_EQ(words_of(""), Words{});
  EXPECT_EQ(words_of("a\xff"
                     "b")
                .size(),
            2);  // not UTF-8: a character between
}

// scikit-learn 1.9.1, LogisticRegression(C=1, tol=1e-12), same features.
TEST(BagOfWords, IsScikitLearnsClassifier) {
  const std::vector<LabelledText> asked = {
      text_of("the green lamp of the harbour", true),
      text_of("fresh bread at the market square", false),
      text_of("something else entirely", false)};
  const std::vector<double> odds = log_odds(harbour_and_market(), asked);
  EXPECT_NEAR(odds[0], 0.3144528, 1e-3);
  EXPECT_NEAR(odds[1], -1.0156941, 1e-3);
  EXPECT_NEAR(odds[2], -1.2592422, 1e-3);
}

// The same; a text without words lies 24 standard deviations away in length.
TEST(BagOfWords, AnOutlierDoesNotStopTheClassifierShort) {
  const auto text = [](int i) {
    return fmt::format("w{} w{} w{} w{}", i % 13, i * i % 17, i * 5 % 29,
                       i / 7 % 11);
  };
  std::vector<LabelledText> training;
  for (int i = 0; i < 600; ++i) {
    training.push_back(text_of(text(i), (i * i % 17 + i % 5) % 3 == 0));
  }
  training.push_back(text_of("", true));
  const std::vector<double> odds =
      log_odds(training, {text_of(text(601), true), text_of(text(605), true),
                          text_of("w3 w4", true), text_of("", true)});
  EXPECT_NEAR(odds[0], -0.3169234, 1e-5);
  EXPECT_NEAR(odds[1], -0.3119378, 1e-5);
  EXPECT_NEAR(odds[2], 0.6788555, 1e-5);
  EXPECT_NEAR(odds[3], 5.4471025, 1e-5);
}

TEST(BagOfWords, HeldOutTextsAreJudgedByOthers) {
  const std::vector<LabelledText> texts = harbour_and_market();
  const std::vector<double> odds = held_out_log_odds(texts, 4, 0);
  EXPECT_EQ(odds, held_out_log_odds(texts, 4, 0));
  EXPECT_NE(odds, held_out_log_odds(texts, 4, 1));
  double members = 0, others = 0;
  for (size_t i = 0; i < texts.size(); ++i) {
    (texts[i].member ? members : others) += odds[i];
  }
  EXPECT_GT(members, others);
}

// Were equal texts in several folds, each would be known when it is judged.
TEST(BagOfWords, EqualTextsTeachNothingAboutEachOther) {
  std::vector<LabelledText> texts = harbour_and_market();
  const size_t last = texts.size() - 1;
  for (int copy = 0; copy < 3; ++copy) texts.push_back(texts[last]);
  const std::vector<double> odds = held_out_log_odds(texts, 4, 0);
  for (size_t i = last; i < texts.size(); ++i) EXPECT_EQ(odds[i], odds[last]);
}

// Else the label on one side would teach against the label on the other.
TEST(BagOfWords, TextsOfBothClassesAreNotToldApart) {
  for (const size_t both : {1, 3, 8}) {
    std::vector<LabelledText> texts = harbour_and_market();
    for (size_t i = 0; i < both; ++i) {
      texts.push_back(texts[i]);
      texts.back().member = !texts[i].member;
    }
    for (const int64_t folds : {2, 5}) {
      const std::vector<double> odds = held_out_log_odds(texts, folds, 0);
      for (size_t i = 0; i < both; ++i) {
        EXPECT_TRUE(std::isfinite(odds[i]));
        EXPECT_EQ(odds[i], odds[8 + i]) << both << " " << folds;
      }
    }
  }
}

TEST(BagOfWords, NothingCanBeHeldOutOfOneText) {
  std::vector<LabelledText> texts = harbour_and_market();
  for (LabelledText& text : texts) text.member = &text == &texts[0];
  for (const double x : held_out_log_odds(texts, 5, 0)) {
    EXPECT_TRUE(std::isnan(x));
  }
  EXPECT_TRUE(held_out_log_odds({}, 5, 0).empty());
}

TEST(BothSides, IsTheShareOfTextsOfBothSides) {
  const auto metric = Registry<Metric>::make("both_sides", Json::object());
  Observations seen(4);
  for (size_t i = 0; i < 4; ++i) {
    seen[i].numbers["both_sides"] = {i == 2 ? 1.0 : 0.0};
  }
  const Aggregate all = metric->aggregate(items(*metric, seen), seen);
  EXPECT_EQ(all[0].second.value, 0.25);
  EXPECT_EQ(all[0].second.n, 4);
  EXPECT_EQ(all[0].second.ci95.method, "wilson");
}

}  // namespace
}  // namespace lethe
