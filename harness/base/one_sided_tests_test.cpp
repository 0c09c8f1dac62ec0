// Against scipy 1.17.1 (mannwhitneyu, fisher_exact, binomtest) and statsmodels
// 0.15.0 (multipletests).
#include "harness/base/one_sided_tests.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace lethe {
namespace {

std::vector<double> many(int n, int factor, int modulus, double scale,
                         double shift) {
  std::vector<double> values;
  for (int i = 0; i < n; ++i) {
    values.push_back((i * factor) % modulus / scale + shift);
  }
  return values;
}

TEST(MannWhitney, IsExactForFewAndNormalForMany) {
  EXPECT_NEAR(
      mann_whitney_greater({3.1, 2.2, 5.5, 4.4}, {1.1, 2.0, 2.3, 0.4, 3.0}),
      0.031746031746031744, 1e-14);
  EXPECT_NEAR(mann_whitney_greater({1, 2, 3}, {4, 5, 6}), 1, 1e-14);
  EXPECT_NEAR(mann_whitney_greater({4, 5, 6}, {1, 2, 3}), 1 / 20.0, 1e-14);
  EXPECT_NEAR(
      mann_whitney_greater(many(20, 37, 101, 7, 1.5), many(25, 53, 97, 7, 0)),
      0.04230506448986562, 1e-13);
  EXPECT_NEAR(mann_whitney_greater({1.5, 9, 20.5}, many(60, 1, 60, 1, 0)),
              0.969394236662373, 1e-12);  // 9 is tied: normal
}

TEST(MannWhitney, KnowsTiesAndOneValueAndNaN) {
  EXPECT_NEAR(mann_whitney_greater(many(12, 7, 5, 1, 0), many(10, 3, 4, 1, 0)),
              0.3180357486610722, 1e-13);
  EXPECT_EQ(mann_whitney_greater({2, 2}, {2, 2}), 1);
  EXPECT_TRUE(std::isnan(mann_whitney_greater({}, {1})));
  EXPECT_TRUE(std::isnan(mann_whitney_greater({std::nan("")}, {1})));
}

TEST(Fisher, IsTheHypergeometricTail) {
  EXPECT_NEAR(fisher_greater(8, 16, 0, 16), 0.0012235817575083426, 1e-14);
  EXPECT_NEAR(fisher_greater(3, 10, 2, 12), 0.406015037593985, 1e-13);
  EXPECT_NEAR(fisher_greater(5, 5, 1, 9), 0.002997002997002997, 1e-14);
  EXPECT_NEAR(fisher_greater(0, 5, 0, 7), 1, 1e-14);
}

TEST(Binomial, IsTheUpperTail) {
  EXPECT_NEAR(binomial_at_least(3, 32, 0.01), 0.0039934472326804095, 1e-15);
  EXPECT_NEAR(binomial_at_least(32, 32, 0.01) / 1e-64, 1, 1e-9);
  EXPECT_NEAR(binomial_at_least(1, 200, 0.001), 0.1813511705213643, 1e-13);
  EXPECT_EQ(binomial_at_least(0, 5, 0), 1);
  EXPECT_EQ(binomial_at_least(1, 5, 0), 0);
}

TEST(PoissonBinomial, IsTheUpperTail) {
  // By hand, of chances 1/2, 1/4 and 1/10.
  const std::vector<double> chances = {0.5, 0.25, 0.1};
  EXPECT_NEAR(poisson_binomial_at_least(1, chances), 1 - 0.3375, 1e-15);
  EXPECT_NEAR(
      poisson_binomial_at_least(2, chances),
      0.5 * 0.25 * 0.9 + 0.5 * 0.75 * 0.1 + 0.5 * 0.25 * 0.1 + 0.5 * 0.25 * 0.1,
      1e-15);
  EXPECT_NEAR(poisson_binomial_at_least(3, chances), 0.0125, 1e-15);
  EXPECT_EQ(poisson_binomial_at_least(0, chances), 1);
  EXPECT_EQ(poisson_binomial_at_least(4, chances), 0);
  EXPECT_NEAR(poisson_binomial_at_least(3, std::vector<double>(32, 0.01)),
              binomial_at_least(3, 32, 0.01), 1e-15);
}

TEST(Holm, StepsDown) {
  EXPECT_THAT(holm({0.01, 0.04, 0.03, 0.005, 0.6}),
              testing::Pointwise(testing::DoubleNear(1e-15),
                                 {0.04, 0.09, 0.09, 0.025, 0.6}));
  const std::vector<double> gap = holm({0.02, std::nan(""), 0.9});
  EXPECT_EQ(gap[0], 0.04);
  EXPECT_TRUE(std::isnan(gap[1]));
  EXPECT_EQ(gap[2], 0.9);
}

// As scipy 1.17.1's false_discovery_control and statsmodels' fdr_bh.
TEST(BenjaminiHochberg, StepsUp) {
  EXPECT_THAT(benjamini_hochberg({0.01, 0.04, 0.03, 0.005, 0.6}),
              testing::Pointwise(testing::DoubleNear(1e-15),
                                 {0.025, 0.05, 0.05, 0.025, 0.6}));
  EXPECT_THAT(
      benjamini_hochberg({0.04, 0.03, 0.02, 0.035}),
      testing::Pointwise(testing::DoubleNear(1e-15), {0.04, 0.04, 0.04, 0.04}));
  EXPECT_THAT(benjamini_hochberg({}), testing::IsEmpty());
  const std::vector<double> gap = benjamini_hochberg({0.02, std::nan(""), 0.9});
  EXPECT_EQ(gap[0], 0.04);
  EXPECT_TRUE(std::isnan(gap[1]));
  EXPECT_EQ(gap[2], 0.9);
}

}  // namespace
}  // namespace lethe
