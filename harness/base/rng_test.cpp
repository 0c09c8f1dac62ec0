#include "harness/base/rng.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

namespace lethe {
namespace {

using Block = std::array<uint32_t, 4>;

// The known answers that the paper's authors publish with Random123.
TEST(Philox, GivesThePublishedAnswers) {
  EXPECT_EQ(philox4x32_10({0, 0, 0, 0}, {0, 0}),
            (Block{0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8}));
  const uint32_t ones = 0xFFFFFFFF;
  EXPECT_EQ(philox4x32_10({ones, ones, ones, ones}, {ones, ones}),
            (Block{0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD}));
  EXPECT_EQ(philox4x32_10({0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344},
                          {0xA4093822, 0x299F31D0}),
            (Block{0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1}));
}

// Records depend on these numbers: they must never change.
TEST(Rng, KeepsItsNumbersForever) {
  EXPECT_EQ(Rng(0).at(0), 0xFCB66F10660A0E77);
  EXPECT_EQ(Rng(7, "bootstrap").at(3), 0x3735D3AD55DC9A02);
}

TEST(Rng, GivesTheSameNumberInAnyOrder) {
  Rng stream(42, "order");
  const uint64_t third = stream.at(2);
  stream.next();
  stream.next();
  EXPECT_EQ(stream.next(), third);
  EXPECT_EQ(stream.at(2), third);
}

TEST(Rng, HasUnrelatedStreamsForSeedsAndNames) {
  std::set<uint64_t> firsts;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    for (const char* name : {"", "a", "b", "ab", "ba"}) {
      firsts.insert(Rng(seed, name).at(0));
      firsts.insert(Rng(seed << 32, name).at(1));
    }
  }
  // Seed 0 shifted is seed 0, but at(0) and at(1) differ all the same.
  EXPECT_EQ(firsts.size(), 1000);
}

TEST(Rng, IsUniformBetweenZeroAndOne) {
  Rng stream(1);
  constexpr int kDraws = 100000;
  std::vector<int> tenths(10);
  for (int i = 0; i < kDraws; ++i) {
    const double u = stream.uniform();
    ASSERT_GE(u, 0);
    ASSERT_LT(u, 1);
    ++tenths[static_cast<size_t>(10 * u)];
  }
  // Five standard deviations of a binomial with p = 0.1.
  for (const int seen : tenths) EXPECT_NEAR(seen, kDraws / 10, 475);
}

TEST(Rng, DrawsBelowALimitEvenly) {
  Rng stream(2);
  EXPECT_EQ(stream.below(1), 0);
  std::map<uint64_t, int> seen;
  for (int i = 0; i < 30000; ++i) ++seen[stream.below(3)];
  ASSERT_EQ(seen.size(), 3);
  for (const auto& [value, times] : seen) EXPECT_NEAR(times, 10000, 410);
}

// 4/3 of the limit is 2^64, so without a redraw one result in three has two
// chances of four: the lower third by remainder, the multiples of 3 by product.
TEST(Rng, DrawsBelowAHugeLimitWithoutBias) {
  Rng stream(3);
  const uint64_t third = uint64_t{1} << 62;
  int low = 0;
  int multiples = 0;
  for (int i = 0; i < 30000; ++i) {
    const uint64_t draw = stream.below(3 * third);
    low += draw < third;
    multiples += draw % 3 == 0;
  }
  EXPECT_NEAR(low, 10000, 410);
  EXPECT_NEAR(multiples, 10000, 410);
}

TEST(Rng, GivesStandardNormals) {
  Rng stream(4);
  constexpr int kDraws = 100000;
  double sum = 0;
  double squares = 0;
  int within_one = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double x = stream.normal();
    sum += x;
    squares += x * x;
    within_one += std::abs(x) < 1;
  }
  EXPECT_NEAR(sum / kDraws, 0, 0.016);
  EXPECT_NEAR(squares / kDraws, 1, 0.023);
  EXPECT_NEAR(within_one / double{kDraws}, 0.682689, 0.0074);
}

TEST(Rng, PermutesWithoutLossOrFavour) {
  EXPECT_TRUE(Rng(5).permutation(0).empty());
  EXPECT_THAT(Rng(5).permutation(1), testing::ElementsAre(0));
  std::vector<int64_t> all(1000);
  std::iota(all.begin(), all.end(), 0);
  EXPECT_THAT(Rng(5).permutation(1000),
              testing::UnorderedElementsAreArray(all));

  Rng stream(6);
  std::map<std::vector<int64_t>, int> orders;
  for (int i = 0; i < 24000; ++i) ++orders[stream.permutation(4)];
  ASSERT_EQ(orders.size(), 24);
  for (const auto& [order, times] : orders) EXPECT_NEAR(times, 1000, 155);
}

}  // namespace
}  // namespace lethe
