// The places that the published code drops of the targets 1000, 1001, ..., and
// what is known of a target before it is seen.
#include "harness/base/goldfish.h"

#include <gtest/gtest.h>

#include <numeric>

#include "harness/base/error.h"

namespace lethe {
namespace {

using Places = std::vector<size_t>;

Places dropped_of_32(int64_t k, int64_t h) {
  std::vector<int64_t> targets(32);
  std::iota(targets.begin(), targets.end(), 1000);
  const auto mask = GoldfishMask({.k = k, .h = h}).dropped(targets);
  Places places;
  for (size_t i = 0; i < mask.size(); ++i) {
    if (mask[i]) places.push_back(i);
  }
  return places;
}

TEST(Goldfish, DropsThePlacesOfThePublishedCode) {
  EXPECT_EQ(dropped_of_32(4, 4), (Places{4, 10, 12, 13, 15, 20, 27}));
  EXPECT_EQ(dropped_of_32(4, 13), (Places{12, 21, 28}));
  EXPECT_EQ(dropped_of_32(3, 13), (Places{12, 13, 14, 21, 23, 28}));
}

// table[0] is 0.2337: dropped for k = 4, kept for k = 5.
TEST(Goldfish, AnIdOfZeroMakesTheKeyZero) {
  const std::vector<int64_t> targets = {0, 7, 8};
  EXPECT_EQ(GoldfishMask({.k = 4, .h = 2}).dropped(targets)[1], true);
  EXPECT_EQ(GoldfishMask({.k = 5, .h = 2}).dropped(targets)[1], false);
}

TEST(Goldfish, ThePrecedingFormKnowsBeforeTheTokenIsSeen) {
  const GoldfishMask mask({.k = 3, .h = 2, .form = GoldfishForm::preceding});
  const std::vector<int64_t> targets = {5, 6, 7, 8, 9, 10, 11, 12};
  const auto dropped = mask.dropped(targets);
  for (size_t i = 0; i < targets.size(); ++i) {
    const auto next = mask.behind(std::span(targets).first(i));
    ASSERT_TRUE(next.decided().has_value());
    EXPECT_EQ(*next.decided(), dropped[i]);
  }
}

TEST(Goldfish, ThePublishedFormDependsOnTheTokenUnlessTheKeyIsZero) {
  const GoldfishMask mask({.k = 4, .h = 3});
  const std::vector<int64_t> one = {5}, two = {5, 6}, zero = {5, 0};
  EXPECT_EQ(mask.behind(one).decided(), false);  // no whole window yet
  EXPECT_EQ(mask.behind(two).decided(), std::nullopt);
  EXPECT_EQ(mask.behind(zero).decided(), true);
  EXPECT_EQ(mask.dropped({}).size(), 0u);
}

TEST(Goldfish, RefusesWhatDropsEverything) {
  EXPECT_THROW(GoldfishMask({.k = 1}), Error);
  EXPECT_THROW(GoldfishMask({.h = 0}), Error);
  EXPECT_THROW(goldfish_form("publisched"), Error);
}

}  // namespace
}  // namespace lethe
