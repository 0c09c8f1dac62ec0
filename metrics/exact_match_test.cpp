#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "harness/base/registry.h"
#include "harness/plugin/metric.h"

namespace lethe {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

Observation texts(const std::string& output,
                  const std::vector<std::string>& references) {
  Observation seen;
  seen.id = "q1";
  seen.output = output;
  seen.references = references;
  return seen;
}

Observation ids(const std::vector<int64_t>& output,
                const std::vector<int64_t>& reference) {
  Observation seen;
  seen.id = "q2";
  seen.output_ids = output;
  seen.reference_ids = reference;
  return seen;
}

bool matches(const std::string& output, const std::string& reference,
             const Json& options = Json::object()) {
  const auto metric = Registry<Metric>::make("exact_match", options);
  const Row row = metric->item(texts(output, {reference}));
  EXPECT_EQ(row.size(), 1);
  EXPECT_EQ(row[0].first, "exact_match");
  return row[0].second == 1;
}

Row compare(const Observation& seen, const Json& options = Json::object()) {
  return Registry<Metric>::make("exact_match", options)->item(seen);
}

TEST(ExactMatch, OfTextsComparesEveryByte) {
  EXPECT_TRUE(matches("Nine rivers", "Nine rivers"));
  EXPECT_FALSE(matches("Nine rivers", "nine rivers"));
  EXPECT_FALSE(matches("Nine rivers", "Nine rivers."));
  EXPECT_FALSE(matches("Nine rivers", "Nine rivers "));
  EXPECT_TRUE(matches("", ""));
  EXPECT_FALSE(matches("", "a"));
}

TEST(ExactMatch, TakesAnyOfTheReferences) {
  EXPECT_THAT(compare(texts("b", {"a", "b"})),
              ElementsAre(Pair("exact_match", 1)));
  EXPECT_THAT(compare(texts("c", {"a", "b"})),
              ElementsAre(Pair("exact_match", 0)));
}

TEST(ExactMatch, StripsUnicodeWhiteSpaceLast) {
  const Json strip = {{"strip", true}};
  EXPECT_TRUE(matches(" \n\ta b\u00A0\u3000\x1C", "a b", strip));
  EXPECT_FALSE(matches("a b", "ab", strip));
  EXPECT_FALSE(matches("\u200Ba", "a", strip));  // zero width is no white space
  EXPECT_TRUE(matches(" \n", "", strip));
  EXPECT_TRUE(
      matches("a !", "a", {{"strip", true}, {"ignore_punctuation", true}}));
}

TEST(ExactMatch, IgnoresCaseInEveryScript) {
  const Json ignore = {{"ignore_case", true}};
  EXPECT_TRUE(matches("\u00C5NGSTR\u00D6M", "\u00E5ngstr\u00F6m", ignore));
  EXPECT_TRUE(matches("\u0416", "\u0436", ignore));
  EXPECT_TRUE(matches("\u212A", "k", ignore));
  EXPECT_TRUE(matches("\u0130", "i\u0307", ignore));
  // Lower-casing as Python does, not folding: a sigma that ends a word.
  EXPECT_TRUE(matches("\u039F\u03A3", "\u03BF\u03C2", ignore));
  EXPECT_FALSE(matches("\u039F\u03A3", "\u03BF\u03C3", ignore));
  EXPECT_FALSE(matches("stra\u00DFe", "STRASSE", ignore));
}

TEST(ExactMatch, IgnoresAsciiPunctuationOnly) {
  const Json ignore = {{"ignore_punctuation", true}};
  EXPECT_TRUE(matches("a-b_c (d)!", "abc d", ignore));
  EXPECT_TRUE(matches("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", "", ignore));
  EXPECT_FALSE(matches("\u201Ca\u201D", "a", ignore));
  EXPECT_FALSE(matches("a b", "ab", ignore));
}

TEST(ExactMatch, IgnoresAsciiDigitsOnly) {
  const Json ignore = {{"ignore_numbers", true}};
  EXPECT_TRUE(matches("born 1961", "born 2024", ignore));
  EXPECT_TRUE(matches("0123456789", "", ignore));
  EXPECT_FALSE(matches("\u0663", "", ignore));
}

TEST(ExactMatch, OfIdsNeedsTheWholeSequence) {
  EXPECT_THAT(compare(ids({5, 6, 7}, {5, 6, 7})),
              ElementsAre(Pair("exact_match", 1), Pair("token_accuracy", 1),
                          Pair("common_prefix", 3)));
  EXPECT_THAT(compare(ids({5, 6}, {5, 6, 7, 8})),
              ElementsAre(Pair("exact_match", 0), Pair("token_accuracy", 0.5),
                          Pair("common_prefix", 2)));
  EXPECT_THAT(compare(ids({5, 6, 7}, {5, 6})),
              ElementsAre(Pair("exact_match", 0), Pair("token_accuracy", 1),
                          Pair("common_prefix", 2)));
}

TEST(ExactMatch, OfIdsCountsEqualPositionsAndTheFirstDifference) {
  EXPECT_THAT(compare(ids({1, 9, 3, 4}, {1, 2, 3, 4})),
              ElementsAre(Pair("exact_match", 0), Pair("token_accuracy", 0.75),
                          Pair("common_prefix", 1)));
  EXPECT_THAT(compare(ids({}, {1, 2})),
              ElementsAre(Pair("exact_match", 0), Pair("token_accuracy", 0),
                          Pair("common_prefix", 0)));
}

TEST(ExactMatch, PrefersIdsToTextsUnlessATextOptionIsSet) {
  Observation seen = ids({1, 2}, {1, 3});
  seen.output = "Yes";
  seen.references = {"yes"};
  EXPECT_EQ(compare(seen)[0].second, 0);
  const Row row = compare(seen, {{"ignore_case", true}});
  EXPECT_THAT(row,
              ElementsAre(Pair("exact_match", 1), Pair("token_accuracy", 0.5),
                          Pair("common_prefix", 1)));
}

TEST(ExactMatch, RefusesAnItemWithNothingToCompareWith) {
  const auto metric = Registry<Metric>::make("exact_match", Json());
  try {
    items(*metric, {texts("a", {})});
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.fault(), Fault::input);
    EXPECT_THAT(error.what(), HasSubstr("item \"q1\""));
  }
  EXPECT_THROW(compare(ids({1}, {1}), {{"strip", true}}), Error);
}

TEST(ExactMatch, OfASetHasWilsonsInterval) {
  const auto metric = Registry<Metric>::make("exact_match", Json());
  const Observations seen = {texts("a", {"a"}), texts("b", {"a"}),
                             texts("a", {"a"}), texts("a", {"a"})};
  const Aggregate set = metric->aggregate(items(*metric, seen), seen);
  ASSERT_EQ(set.size(), 1);
  EXPECT_DOUBLE_EQ(set[0].second.value, 0.75);
  EXPECT_EQ(set[0].second.ci95.method, "wilson");
}

TEST(ExactMatch, OfAMixedSetHasNoMeanOfTheIdFields) {
  const auto metric = Registry<Metric>::make("exact_match", Json());
  const Observations seen = {texts("a", {"a"}), ids({1}, {1})};
  const Aggregate set = metric->aggregate(items(*metric, seen), seen);
  ASSERT_EQ(set.size(), 3);
  EXPECT_EQ(set[0].second.value, 1);
  EXPECT_EQ(set[1].first, "token_accuracy");
  EXPECT_TRUE(std::isnan(set[1].second.value));
  EXPECT_EQ(set[1].second.reason, "1 of 2 items have no token_accuracy");
}

TEST(ExactMatch, WhatWasOnlyScoredIsNoEmptyAnswer) {
  const auto metric = Registry<Metric>::make("rouge_1", Json());
  Observation seen = texts("", {"By the old ferry"});
  EXPECT_EQ(items(*metric, {seen}).size(), 1u) << "an empty answer is one";
  seen.statistics = std::make_shared<TokenStatistics>();
  try {
    items(*metric, {seen});
    ADD_FAILURE() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("has no answer"));
  }
}

TEST(ExactMatch, CountsThePrefixInTokens) {
  const auto metric = Registry<Metric>::make("exact_match", Json());
  EXPECT_EQ(metric->unit_of("exact_match"), "fraction");
  EXPECT_EQ(metric->unit_of("token_accuracy"), "fraction");
  EXPECT_EQ(metric->unit_of("common_prefix"), "tokens");
}

}  // namespace
}  // namespace lethe
