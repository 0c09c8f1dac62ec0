#include "harness/sanitise/duplicates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "harness/base/error.h"
#include "harness/base/rng.h"
#include "harness/sanitise/shingles.h"

namespace lethe {
namespace {

using ::testing::ElementsAre;

std::vector<DuplicateText> views(const std::vector<std::string>& texts) {
  std::vector<DuplicateText> all;
  for (const std::string& text : texts) all.push_back({{text}, {}});
  return all;
}

std::vector<size_t> removed(const std::vector<std::string>& texts,
                            const DuplicateOptions& options) {
  std::vector<size_t> gone;
  for (const Duplicate& one : find_duplicates(views(texts), options).removed) {
    gone.push_back(one.text);
  }
  return gone;
}

// Words a0 a1 ... of which those in `changed` are others.
std::string story(size_t words, const std::set<size_t>& changed = {}) {
  std::string text;
  for (size_t i = 0; i < words; ++i) {
    text += fmt::format("{}{} ", changed.count(i) > 0 ? "x" : "a", i);
  }
  return text;
}

TEST(Duplicates, ExactOnesAreEqualButForWhatTheOptionsSay) {
  const std::vector<std::string> texts = {"The tide  came\n in.", "The tide",
                                          " The tide came in. ",
                                          "the tide came in."};
  DuplicateOptions o{.near = false};
  EXPECT_THAT(removed(texts, o), ElementsAre(2));
  o.ignore_case = true;
  EXPECT_THAT(removed(texts, o), ElementsAre(2, 3));
  o.ignore_space = o.ignore_case = false;
  EXPECT_THAT(removed(texts, o), ElementsAre());
  EXPECT_THAT(removed({"a", "a"}, o), ElementsAre(1));
}

TEST(Duplicates, PartsAreNotRunTogether) {
  const std::vector<DuplicateText> texts = {
      {{"a", "bc"}, {}}, {{"ab", "c"}, {}}, {{"a", "bc"}, {}}};
  const Duplicates found = find_duplicates(texts, {.near = false});
  ASSERT_EQ(found.removed.size(), 1u);
  EXPECT_EQ(found.removed[0].text, 2u);
  EXPECT_EQ(found.removed[0].of, 0u);
  EXPECT_TRUE(found.removed[0].exact);
}

// One word in the middle of 104 is part of 5 of 100 shingles: J = 95 / 105;
// three apart from each other of 15: J = 85 / 115.
TEST(Duplicates, NearOnesReachTheThreshold) {
  const std::vector<std::string> texts = {story(104), story(104, {50}),
                                          story(104, {20, 50, 80})};
  const double one = 95.0 / 105, three = 85.0 / 115;
  const Duplicates found = find_duplicates(views(texts), {.threshold = 0.9});
  ASSERT_EQ(found.removed.size(), 1u);
  EXPECT_EQ(found.removed[0].text, 1u);
  EXPECT_FALSE(found.removed[0].exact);
  EXPECT_DOUBLE_EQ(found.removed[0].similarity, one);
  EXPECT_THAT(removed(texts, {.threshold = one}), ElementsAre(1));
  EXPECT_THAT(removed(texts, {.threshold = one + 1e-9}), ElementsAre());
  EXPECT_THAT(removed(texts, {.threshold = three - 0.001}), ElementsAre(1, 2));
}

TEST(Duplicates, WhatIsSimilarThroughOthersBelongsTogether) {
  // 0 ~ 1 ~ 2, but not 0 ~ 2.
  const std::vector<std::string> texts = {story(104, {20}), story(104),
                                          story(104, {80})};
  const Duplicates found = find_duplicates(views(texts), {.threshold = 0.9});
  ASSERT_EQ(found.removed.size(), 2u);
  EXPECT_EQ(found.removed[1].text, 2u);
  EXPECT_EQ(found.removed[1].of, 0u);
  EXPECT_DOUBLE_EQ(found.removed[1].similarity, 90.0 / 110);
}

TEST(Duplicates, AnExactCopyOfANearOneIsCountedAsExact) {
  const std::vector<std::string> texts = {story(104), story(104, {50}),
                                          story(104, {50})};
  const Duplicates found = find_duplicates(views(texts), {});
  ASSERT_EQ(found.removed.size(), 2u);
  EXPECT_FALSE(found.removed[0].exact);
  EXPECT_TRUE(found.removed[1].exact);
  EXPECT_EQ(found.removed[1].of, 0u);
  EXPECT_DOUBLE_EQ(found.removed[1].similarity, 95.0 / 105);
}

TEST(Duplicates, TextsWithoutWordsAreOnlyExactOnes) {
  EXPECT_THAT(removed({"...", "!!!", "", "...", ""}, {}), ElementsAre(3, 4));
}

TEST(Duplicates, IdsAreComparedWithIdsOnly) {
  std::vector<int64_t> ids(104);
  for (size_t i = 0; i < ids.size(); ++i) ids[i] = static_cast<int64_t>(i);
  std::vector<int64_t> other = ids;
  other[50] = 900;
  std::string digits;
  for (const int64_t id : ids) digits += fmt::format("{} ", id);
  const std::vector<DuplicateText> texts = {
      {{}, ids}, {{digits}, {}}, {{}, other}, {{}, ids}};
  const Duplicates near = find_duplicates(texts, {});
  ASSERT_EQ(near.removed.size(), 2u);
  EXPECT_EQ(near.removed[0].text, 2u);
  EXPECT_EQ(near.removed[1].text, 3u);
  EXPECT_EQ(find_duplicates(texts, {.near = false}).removed.size(), 1u);
}

TEST(Duplicates, BandsMissLessThanOneInAHundredAtTheThreshold) {
  for (double t = 0.1; t <= 1; t += 0.05) {
    const Bands bands = bands_for(t);
    EXPECT_LT(bands.miss(t), 0.01) << t;
    EXPECT_LE(bands.bands * bands.rows, 256) << t;
  }
  const Bands usual = bands_for(0.8);
  EXPECT_EQ(usual.bands, 26);
  EXPECT_EQ(usual.rows, 8);
  EXPECT_NEAR(usual.miss(0.8), std::pow(1 - std::pow(0.8, 8), 26), 1e-15);
}

// All pairs, one by one.
std::set<std::pair<size_t, size_t>> similar_pairs(
    const std::vector<std::string>& texts, double threshold) {
  std::vector<std::vector<uint64_t>> sets;
  for (const std::string& text : texts) {
    sets.push_back(shingles(word_hashes(text), 5));
  }
  std::set<std::pair<size_t, size_t>> pairs;
  for (size_t i = 0; i < sets.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (jaccard(sets[i], sets[j]) >= threshold) pairs.insert({j, i});
    }
  }
  return pairs;
}

// 300 stories of their own words, each with a copy in which 1 to 6 words of 60
// are others. A pair that reaches 0.8 is missed with at most 0.01; 9 or more of
// some 150 with less than 1e-4.
TEST(Duplicates, FindsWhatComparingAllPairsFinds) {
  Rng rng(1, "stories");
  std::vector<std::string> texts;
  for (size_t s = 0; s < 300; ++s) {
    const size_t changed = 1 + s % 6;
    std::string first, second;
    for (size_t w = 0; w < 60; ++w) {
      const std::string word = fmt::format("w{} ", rng.below(5000));
      first += word;
      second += rng.below(60) < changed ? "other " : word;
    }
    texts.push_back(first);
    texts.push_back(second);
  }
  const auto pairs = similar_pairs(texts, 0.8);
  ASSERT_GT(pairs.size(), 60u);
  const Duplicates found = find_duplicates(views(texts), {});
  size_t missed = pairs.size();
  for (const Duplicate& one : found.removed) {
    EXPECT_TRUE(pairs.count({one.of, one.text}) == 1);
    --missed;
  }
  EXPECT_LE(missed, 8u);
  EXPECT_EQ(found.crowded, 0);
  EXPECT_LT(found.compared, 3000);  // of 179,700 pairs
}

TEST(Duplicates, EqualInputGivesEqualResults) {
  const std::vector<std::string> texts = {story(50), story(50, {3}), story(9),
                                          story(50)};
  EXPECT_EQ(removed(texts, {}), removed(texts, {}));
}

// Each is like all others, not equal to any: time stays linear.
TEST(Duplicates, AThousandVariantsAreOneDocument) {
  std::vector<std::string> texts;
  for (size_t i = 0; i < 1000; ++i) {
    texts.push_back(story(104) + fmt::format("number {}", i));
  }
  const Duplicates found = find_duplicates(views(texts), {});
  EXPECT_EQ(found.removed.size(), 999u);
  EXPECT_EQ(found.removed.back().of, 0u);
  EXPECT_LT(found.compared, 10000);
}

}  // namespace
}  // namespace lethe
