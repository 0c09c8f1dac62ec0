#include "harness/base/paired_proportions.h"

#include <gtest/gtest.h>

#include <cmath>

namespace lethe {
namespace {

void expect_near(const Interval& interval, double low, double high) {
  EXPECT_NEAR(interval.low, low, 1e-12);
  EXPECT_NEAR(interval.high, high, 1e-12);
}

// Bounds from Tango's closed form in Python's floats; that form agrees with
// the likelihood maximised numerically to 1e-8.
TEST(PairedShares, InvertTheScoreTest) {
  expect_near(paired_shares(1, 0, 100), -0.027363433189055524,
              0.054486196178705315);
  expect_near(paired_shares(12, 3, 100), 0.015977141703534616,
              0.173742844692674);
  expect_near(paired_shares(0, 7, 50), -0.2618619371058553,
              -0.058663736987971025);
  expect_near(paired_shares(5, 5, 30), -0.21547155576680704,
              0.21547155576680704);
}

TEST(PairedShares, AreNeverEmptyWhereNoItemDiffers) {
  const double z2 = 1.959963984540054 * 1.959963984540054;
  expect_near(paired_shares(0, 0, 40), -z2 / (40 + z2), z2 / (40 + z2));
}

TEST(PairedShares, StayWithinMinusOneAndOne) {
  EXPECT_NEAR(paired_shares(3, 0, 3).high, 1, 1e-12);
  EXPECT_NEAR(paired_shares(0, 3, 3).low, -1, 1e-12);
  EXPECT_TRUE(std::isnan(paired_shares(0, 0, 0).low));
}

}  // namespace
}  // namespace lethe
