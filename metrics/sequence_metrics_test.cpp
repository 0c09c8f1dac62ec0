// Longest common substring and edit similarity on numbers worked by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "harness/base/error.h"
#include "harness/base/rng.h"
#include "metrics/metric_testing.h"
#include "metrics/sequences.h"

namespace lethe {
namespace {

using testing::DoubleEq;
using testing::ElementsAre;
using testing::IsNan;

Observation ids(const std::vector<int64_t>& output,
                const std::vector<int64_t>& reference) {
  Observation seen = answer("one", {"other"});
  seen.output_ids = output;
  seen.reference_ids = reference;
  return seen;
}

std::vector<double> run(const Observation& seen) {
  return values("longest_common_substring", seen);
}

std::vector<double> edit(const Observation& seen) {
  return values("edit_similarity", seen);
}

// The plain table, to test the bits.
size_t slow_edit_distance(const Sequences& both) {
  std::vector<size_t> row(both.wanted.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < both.got.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i + 1);
    for (size_t j = 0; j < both.wanted.size(); ++j) {
      const size_t replaced = diagonal + (both.got[i] != both.wanted[j]);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

TEST(EditDistance, EqualsTheTableAroundBlocksOf64) {
  Rng stream(0, "edit_distance");
  const auto random = [&](size_t n, uint64_t kinds) {
    std::vector<uint32_t> list;
    while (list.size() < n) {
      list.push_back(static_cast<uint32_t>(stream.below(kinds)));
    }
    return list;
  };
  for (const size_t n : {0, 1, 63, 64, 65, 127, 128, 129, 300}) {
    for (const uint64_t kinds : {1, 2, 5, 1000}) {
      const Sequences both{random(stream.below(2 * n + 2), kinds),
                           random(n, kinds), kinds};
      EXPECT_EQ(edit_distance(both), slow_edit_distance(both))
          << both.got.size() << " and " << n << " of " << kinds << " kinds";
      EXPECT_EQ(edit_distance({both.wanted, both.wanted, kinds}), 0);
    }
  }
}

TEST(LongestRun, NeedsNeighboursInBoth) {
  EXPECT_EQ(longest_run({{1, 2, 9, 3, 4, 5}, {3, 4, 5, 0, 1, 2}, 10}), 3);
  EXPECT_EQ(longest_run({{1, 1, 1}, {1, 1}, 2}), 2);
  EXPECT_EQ(longest_run({{1, 2}, {2, 1}, 3}), 1);
  EXPECT_EQ(longest_run({{1, 9, 2}, {1, 2}, 10}), 1);
  EXPECT_EQ(longest_run({{1}, {2}, 3}), 0);
  EXPECT_EQ(longest_run({{}, {2}, 3}), 0);
  EXPECT_EQ(longest_run({{1}, {}, 3}), 0);
}

TEST(LongestCommonSubstring, OfIdsCountsTokens) {
  EXPECT_THAT(run(ids({7, 1, 2, 3, 9}, {1, 2, 3, 4})), ElementsAre(0.75, 3));
  EXPECT_THAT(run(ids({5}, {5})), ElementsAre(1, 1));
  EXPECT_THAT(run(ids({}, {5})), ElementsAre(0, 0));
}

TEST(LongestCommonSubstring, OfTextsCountsWords) {
  // "the fog came" of "before the fog came in".
  EXPECT_THAT(run(answer("And the FOG came!", {"before the fog came in"})),
              ElementsAre(DoubleEq(0.6), 3));
  EXPECT_THAT(run(answer("", {"a b"})), ElementsAre(0, 0));
}

TEST(LongestCommonSubstring, TakesTheReferenceWithTheLargestShare) {
  EXPECT_THAT(run(answer("a b c", {"", "a b c d e f", "x a b"})),
              ElementsAre(DoubleEq(2.0 / 3), 2));
}

// 0 would say that a text in Chinese has been forgotten.
TEST(LongestCommonSubstring, OfAReferenceWithoutWordsIsNotANumber) {
  EXPECT_THAT(run(answer("", {""})), ElementsAre(IsNan(), 0));
  const auto metric =
      Registry<Metric>::make("longest_common_substring", Json());
  const Observations seen = {answer("a", {"a"}),
                             answer("\u6771\u4EAC", {"\u6771\u4EAC"})};
  const Aggregate set = metric->aggregate(items(*metric, seen), seen);
  EXPECT_EQ(set[0].first, "share");
  EXPECT_TRUE(std::isnan(set[0].second.value));
  EXPECT_EQ(set[0].second.reason, "1 of 2 values are not finite");
}

TEST(EditSimilarity, OfTextsCountsCodePoints) {
  EXPECT_THAT(edit(answer("kitten", {"sitting"})),
              ElementsAre(DoubleEq(1 - 3.0 / 7), 3, 0));
  EXPECT_THAT(
      edit(answer("\u6771\u4EAC\U0001F600", {"\u6771\u90FD\U0001F600"})),
      ElementsAre(DoubleEq(2.0 / 3), 1, 0));
  EXPECT_THAT(edit(answer("a", {"b"})), ElementsAre(0, 1, 0));
}

TEST(EditSimilarity, OfIdsCountsTokens) {
  EXPECT_THAT(edit(ids({1, 2, 3, 4}, {1, 3, 4})), ElementsAre(0.75, 1, 0));
  EXPECT_THAT(edit(ids({}, {1, 2})), ElementsAre(0, 2, 0));
}

TEST(EditSimilarity, IsApproximateUpToATenthOfTheReference) {
  const std::vector<int64_t> reference = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  EXPECT_THAT(edit(ids({0, 1, 2, 3, 4, 5, 6, 7, 8, 0}, reference)),
              ElementsAre(DoubleEq(0.9), 1, 1));
  EXPECT_THAT(edit(ids({0, 1, 2, 3, 4, 5, 6, 7, 0, 0}, reference)),
              ElementsAre(DoubleEq(0.8), 2, 0));
}

TEST(EditSimilarity, OfEmptyTextsIsOne) {
  EXPECT_THAT(edit(answer("", {""})), ElementsAre(1, 0, 1));
  EXPECT_THAT(edit(answer("abc", {""})), ElementsAre(0, 3, 0));
  EXPECT_THAT(edit(answer("", {"abc"})), ElementsAre(0, 3, 0));
}

TEST(EditSimilarity, TakesTheMostSimilarReference) {
  EXPECT_THAT(edit(answer("abcd", {"abxy", "abcx", "wxyz"})),
              ElementsAre(0.75, 1, 0));
}

TEST(SequenceMetrics, RefuseAnItemWithNothingToCompareWith) {
  EXPECT_THROW(edit(answer("a", {})), Error);
  EXPECT_THROW(run(answer("a", {})), Error);
}

}  // namespace
}  // namespace lethe
