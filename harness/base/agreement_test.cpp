#include "harness/base/agreement.h"

#include <gtest/gtest.h>

#include <cmath>

namespace lethe {
namespace {

Agreement of(const std::vector<std::vector<int>>& counts) {
  std::vector<std::pair<size_t, size_t>> pairs;
  for (size_t i = 0; i < counts.size(); ++i) {
    for (size_t j = 0; j < counts.size(); ++j) {
      pairs.insert(pairs.end(), static_cast<size_t>(counts[i][j]), {i, j});
    }
  }
  return agreement(pairs, counts.size());
}

TEST(Agreement, IsWhatIsLeftBeyondChance) {
  // 35 of 50 agree; by chance 0.5 * 0.6 + 0.5 * 0.4 would.
  const Agreement found = of({{20, 5}, {10, 15}});
  EXPECT_DOUBLE_EQ(found.raw.value, 0.7);
  EXPECT_EQ(found.raw.n, 50);
  EXPECT_EQ(found.raw.ci95.method, "wilson");
  EXPECT_NEAR(found.kappa.value, 0.4, 1e-12);
  EXPECT_EQ(found.counts[1][0], 10);
}

TEST(Agreement, KappasIntervalIsStatsmodels) {
  // statsmodels 0.15.0, cohens_kappa: its bounds are not held to [-1, 1].
  const Agreement two = of({{20, 5}, {10, 15}});
  EXPECT_NEAR(two.kappa.ci95.low, 0.151092290476661, 1e-12);
  EXPECT_NEAR(two.kappa.ci95.high, 0.6489077095233389, 1e-12);
  const Agreement three = of({{9, 1, 2}, {0, 12, 3}, {4, 0, 7}});
  EXPECT_NEAR(three.kappa.value, 0.6045785639958375, 1e-12);
  EXPECT_NEAR(three.kappa.ci95.low, 0.3970277349944009, 1e-12);
  EXPECT_NEAR(three.kappa.ci95.high, 0.8121293929972742, 1e-12);
  const Agreement against = of({{0, 5}, {3, 0}});
  EXPECT_NEAR(against.kappa.value, -0.8823529411764706, 1e-12);
  EXPECT_EQ(against.kappa.ci95.low, -1);
  EXPECT_NEAR(against.kappa.ci95.high, -0.2880185543361683, 1e-12);
}

TEST(Agreement, AllAgreeingStillLeavesDoubt) {
  const Agreement found = of({{3, 0}, {0, 3}});
  EXPECT_EQ(found.kappa.value, 1);
  // Clopper-Pearson of 6 in 6 begins at 0.025^(1/6) = 0.5407; chance is 1/2.
  EXPECT_NEAR(found.kappa.ci95.low, 2 * std::pow(0.025, 1 / 6.0) - 1, 1e-9);
  EXPECT_EQ(found.kappa.ci95.high, 1);
}

TEST(Agreement, OneClassOnlyAndNoItemsHaveNoKappa) {
  const Agreement one = of({{4, 0}, {0, 0}});
  EXPECT_EQ(one.raw.value, 1);
  EXPECT_TRUE(std::isnan(one.kappa.value));
  EXPECT_NE(one.kappa.reason, "");
  const Agreement blind = of({{2, 0}, {1, 0}});
  EXPECT_EQ(blind.kappa.value, 0);
  EXPECT_TRUE(std::isnan(blind.kappa.ci95.low));
  const Agreement none = of({{0, 0}, {0, 0}});
  EXPECT_TRUE(std::isnan(none.raw.value));
  EXPECT_TRUE(std::isnan(none.kappa.value));
}

}  // namespace
}  // namespace lethe
