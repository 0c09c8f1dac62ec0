// The accountant by hand: the plain Gaussian mechanism, sums, ends of ranges.
#include "harness/base/privacy.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "harness/base/error.h"

namespace lethe {
namespace {

double epsilon_of(const NoisyStep& step, int64_t steps, double delta) {
  PrivacyAccountant accountant;
  accountant.add(step, steps);
  return accountant.spent(delta).epsilon;
}

TEST(Privacy, WithEveryDocumentInEveryStepItIsTheGaussianMechanism) {
  EXPECT_DOUBLE_EQ(renyi_divergence({1, 2}, 3), 3.0 / 8);
  // Order 2 by hand: A = 1 + q^2 (e^{1 / noise^2} - 1).
  EXPECT_NEAR(renyi_divergence({0.1, 2}, 2),
              std::log1p(0.01 * std::expm1(0.25)), 1e-15);
}

TEST(Privacy, WholeOrdersAndThoseBesideThemAgree) {
  for (const double order : {2.0, 5.0, 9.0}) {
    const double at = renyi_divergence({0.02, 0.9}, order);
    EXPECT_NEAR(renyi_divergence({0.02, 0.9}, order + 1e-7), at, 1e-4 * at);
    EXPECT_NEAR(renyi_divergence({0.02, 0.9}, order - 1e-7), at, 1e-4 * at);
  }
}

TEST(Privacy, ConvertsTheBestOrder) {
  PrivacyAccountant one({4});
  one.add({1, 2}, 3);
  const double by_hand =
      3 * 4.0 / 8 - (std::log(1e-5) + std::log(4.0)) / 3 + std::log(3.0 / 4);
  EXPECT_NEAR(one.spent(1e-5).epsilon, by_hand, 1e-12);
  EXPECT_EQ(one.spent(1e-5).order, 4);
  PrivacyAccountant two({4, 1.5});
  two.add({1, 2}, 3);
  EXPECT_EQ(two.spent(1e-5).order, 4) << "1.5 gives more";
}

TEST(Privacy, GrowsWithStepsAndRateAndShrinksWithNoise) {
  const double some = epsilon_of({0.01, 1}, 100, 1e-5);
  EXPECT_GT(epsilon_of({0.01, 1}, 101, 1e-5), some);
  EXPECT_GT(epsilon_of({0.011, 1}, 100, 1e-5), some);
  EXPECT_LT(epsilon_of({0.01, 1.1}, 100, 1e-5), some);
  EXPECT_LT(epsilon_of({0.01, 1}, 100, 1e-4), some);
  EXPECT_EQ(epsilon_of({0.01, 1}, 0, 1e-5), 0);
  EXPECT_EQ(epsilon_of({0, 1}, 100, 0.5), 0);
  EXPECT_EQ(epsilon_of({1e-6, 1e3}, 1, 0.1), 0) << "never below 0";
}

TEST(Privacy, NoNoiseAndTooLittleGiveNoBound) {
  EXPECT_TRUE(std::isinf(epsilon_of({0.5, 0}, 1, 1e-5)));
  EXPECT_TRUE(std::isinf(renyi_divergence({0.5, 1e-200}, 2)));
  EXPECT_TRUE(std::isinf(renyi_divergence({0.5, 1e-200}, 2.5)));
  EXPECT_TRUE(std::isinf(
      renyi_divergence({0.5, 1}, std::numeric_limits<double>::infinity())));
}

TEST(Privacy, NoiseForABudgetSpendsItAndNoMore) {
  for (const double budget : {0.3, 3.0, 300.0}) {
    const double noise = noise_for({budget, 1e-5}, 0.05, 200);
    EXPECT_LE(epsilon_of({0.05, noise}, 200, 1e-5), budget);
    EXPECT_NEAR(epsilon_of({0.05, noise}, 200, 1e-5), budget, 1e-6 * budget);
  }
  EXPECT_THROW(noise_for({1e-12, 1e-9}, 1, 1), Error);
}

}  // namespace
}  // namespace lethe
