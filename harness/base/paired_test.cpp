#include "harness/base/paired.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "harness/base/bootstrap.h"
#include "harness/base/paired_auroc.h"

namespace lethe {
namespace {

TEST(McNemar, IsCertainWhereNothingOrAsManyChanged) {
  EXPECT_EQ(mcnemar_exact(0, 0), 1);
  EXPECT_EQ(mcnemar_exact(4, 4), 1);
  EXPECT_EQ(mcnemar_mid_p(0, 0), 1);
  EXPECT_DOUBLE_EQ(mcnemar_exact(6, 0), 2.0 / 64);
  EXPECT_DOUBLE_EQ(mcnemar_exact(0, 6), 2.0 / 64);
  EXPECT_DOUBLE_EQ(mcnemar_mid_p(6, 0), 1.0 / 64);
}

// z^2 / (n + z^2) to both sides.
TEST(Tango, HasAWidthWhereNothingChanged) {
  const Interval none = tango(0, 0, 100);
  EXPECT_NEAR(none.low, -0.03699, 1e-5);
  EXPECT_NEAR(none.high, 0.03699, 1e-5);
  EXPECT_TRUE(std::isnan(tango(0, 0, 0).low));
  EXPECT_EQ(tango(0, 7, 7).high, 1);
  EXPECT_EQ(tango(7, 0, 7).low, -1);
}

TEST(SignFlip, CountsAllSignsOfFewDifferences) {
  EXPECT_DOUBLE_EQ(sign_flip({1, 2, 3}).p, 0.25);  // +-6 of 8 sums
  EXPECT_DOUBLE_EQ(sign_flip({1, 2, 3, 0, 0}).p, 0.25);
  EXPECT_DOUBLE_EQ(sign_flip({5}).p, 1);
  EXPECT_DOUBLE_EQ(sign_flip({0, 0}).p, 1);
  EXPECT_TRUE(std::isnan(sign_flip({}).p));
  EXPECT_TRUE(
      std::isnan(sign_flip({1, std::numeric_limits<double>::quiet_NaN()}).p));
}

TEST(SignFlip, TakesSumsThatRoundingPartsForEqual) {
  EXPECT_DOUBLE_EQ(sign_flip({0.1, 0.2, 0.3, -0.6}).p, 1);
  EXPECT_DOUBLE_EQ(sign_flip({0.1, 0.2, -0.3, 0.7, 0.1}).p,
                   sign_flip({1, 2, -3, 7, 1}).p);
}

TEST(SignFlip, IsExactUpToTwentyAndThenDrawn) {
  const SignFlip all = sign_flip(std::vector<double>(20, 1.0));
  EXPECT_TRUE(all.exact);
  EXPECT_DOUBLE_EQ(all.p, std::ldexp(1, -19));
  const SignFlip drawn = sign_flip(std::vector<double>(21, 1.0));
  EXPECT_FALSE(drawn.exact);
  EXPECT_DOUBLE_EQ(drawn.p, 1e-4);  // never 0
}

TEST(SignFlip, DrawnComesNearMcNemar) {
  std::vector<double> changed(70, 1.0);
  for (size_t i = 0; i < 26; ++i) changed[i] = -1;
  const SignFlip one = sign_flip(changed, 1);
  const SignFlip two = sign_flip(changed, 2);
  EXPECT_NEAR(one.p, mcnemar_exact(26, 44), 0.008);  // 4 standard errors
  EXPECT_NEAR(two.p, mcnemar_exact(26, 44), 0.008);
  EXPECT_NE(one.p, two.p);
  EXPECT_EQ(one.p, sign_flip(changed, 1).p);
}

TEST(Effects, AreNoNumbersWithoutSpread) {
  EXPECT_TRUE(std::isnan(cohens_dz({1})));
  EXPECT_TRUE(std::isnan(cohens_dz({0.1, 0.1, 0.1})));
  EXPECT_DOUBLE_EQ(cohens_dz({0, 2}), 1 / std::sqrt(2.0));
  EXPECT_TRUE(std::isnan(ratio_error({1}, {2})));
  EXPECT_TRUE(std::isnan(ratio_error({1, 2}, {0, 0})));
  EXPECT_EQ(ratio_error({2, 4}, {1, 2}), 0);
}

// By hand: one value far out stretches the side where resamples without it
// have small errors.
TEST(Studentised, LeansWhereTheValuesDo) {
  std::vector<double> values;
  for (int i = 0; i < 40; ++i) values.push_back(i % 10 == 0 ? 1 + i : 0);
  const std::vector<double> ones(values.size(), 1);
  const Interval leaning = studentised_interval(values, ones);
  const double mean = 64.0 / 40;
  EXPECT_EQ(leaning.method, "bootstrap_t");
  EXPECT_GT(leaning.high - mean, 1.5 * (mean - leaning.low));
  std::vector<double> weights(values.size(), 0.5);
  EXPECT_NEAR(studentised_interval(values, weights).low, 2 * leaning.low, 1e-9);
}

TEST(Studentised, IsNoneWithoutSpread) {
  EXPECT_TRUE(std::isnan(studentised_interval({1, 1, 1}, {1, 1, 1}).low));
  EXPECT_TRUE(std::isnan(studentised_interval({0.1, 0.3}, {0.1, 0.3}).low));
  EXPECT_TRUE(std::isnan(studentised_interval({1}, {1}).low));
  std::vector<double> rare(100, 0.0);
  rare[3] = rare[50] = 1;
  EXPECT_EQ(studentised_interval(rare, std::vector<double>(100, 1)).method,
            "none");
}

TEST(Detectable, ShrinksWithTheRootOfN) {
  EXPECT_TRUE(std::isnan(detectable_mean(1, 1)));
  EXPECT_NEAR(detectable_mean(0.01, 100000), 0.0280, 1e-4);
  EXPECT_GT(detectable_mean(0.01, 2), 0.15);
  EXPECT_NEAR(detectable_by_error(1), 2.8016, 1e-4);
  EXPECT_NEAR(detectable_share(100, 1000) / detectable_share(400, 4000), 2,
              0.01);
  EXPECT_TRUE(std::isnan(detectable_share(0, 0)));
  EXPECT_TRUE(std::isnan(detectable_share(0, 3)));
}

TEST(DeLong, IsCertainOfEqualRanksAndSilentWithoutSpread) {
  const Placements a = placements({3, 1, 2}, {0, 1});
  EXPECT_EQ(a.members, (std::vector<double>{1, 0.75, 1}));
  EXPECT_EQ(a.others, (std::vector<double>{1, 2.5 / 3}));
  EXPECT_EQ(delong(a, a).p, 1);
  EXPECT_TRUE(std::isnan(delong(a, a).ci95.low));
  const PairedAuroc turned =
      delong(placements({1, 2}, {3, 4}), placements({3, 4}, {1, 2}));
  EXPECT_EQ(turned.difference, 1);
  EXPECT_TRUE(std::isnan(turned.p));
  EXPECT_TRUE(
      std::isnan(delong(placements({1}, {0, 2}), placements({3}, {0, 2})).p));
}

}  // namespace
}  // namespace lethe
