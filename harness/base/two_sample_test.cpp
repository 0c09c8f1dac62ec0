#include "harness/base/two_sample.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

#include "harness/base/json.h"

namespace lethe {
namespace {

using Values = std::vector<double>;

Values upwards(int64_t n, double from = 0) {
  Values values;
  for (int64_t i = 0; i < n; ++i) {
    values.push_back(from + static_cast<double>(i));
  }
  return values;
}

TEST(KolmogorovSmirnov, ByHand) {
  // Of the 6 orders of 2 and 2 values, 2 keep the samples apart.
  const auto apart = kolmogorov_smirnov({1, 2}, {3, 4});
  EXPECT_EQ(apart.d, 1);
  EXPECT_NEAR(apart.log10_p, std::log10(2.0 / 6), 1e-12);
  // 1 2 | 2 3: the functions are furthest apart below 2 and from 2 on.
  const auto tied = kolmogorov_smirnov({1, 2}, {2, 3});
  EXPECT_EQ(tied.d, 0.5);
  EXPECT_NEAR(tied.log10_p, 0, 1e-12);
  const auto equal = kolmogorov_smirnov({1, 2, 3}, {3, 2, 1});
  EXPECT_EQ(equal.d, 0);
  EXPECT_EQ(equal.log10_p, 0);
  // One value against three: each of its four places is as likely.
  const auto one = kolmogorov_smirnov({0}, {1, 2, 3});
  EXPECT_EQ(one.d, 1);
  EXPECT_NEAR(one.log10_p, std::log10(0.5), 1e-12);
}

// The smallest p of open-unlearning's tables: 2 / C(2n, n).
TEST(KolmogorovSmirnov, FullySeparatedSamplesGiveThePublishedFloors) {
  for (const auto& [n, p, exponent] :
       {std::tuple{40, 1.86, -23}, std::tuple{200, 1.943, -119},
        std::tuple{300, 1.48, -179}, std::tuple{400, 1.064, -239}}) {
    const auto test = kolmogorov_smirnov(upwards(n), upwards(n, 1e6));
    EXPECT_EQ(test.d, 1);
    EXPECT_TRUE(test.exact);
    EXPECT_NEAR(test.log10_p, std::log10(p) + exponent, 3e-3) << n;
  }
  const auto large = kolmogorov_smirnov(upwards(20'000), upwards(9000, 1e6));
  EXPECT_TRUE(large.exact);
  EXPECT_LT(large.log10_p, -7000);
}

TEST(KolmogorovSmirnov, BeyondTenThousandValuesTheLimitIsTaken) {
  const auto test = kolmogorov_smirnov(upwards(12'000), upwards(12'000, 300.5));
  EXPECT_FALSE(test.exact);
  EXPECT_NEAR(test.d, 301.0 / 12'000, 1e-12);
  const double z2 = test.d * test.d * 6000;
  EXPECT_NEAR(test.log10_p,
              std::log10(2 * (std::exp(-2 * z2) - std::exp(-8 * z2) +
                              std::exp(-18 * z2))),
              1e-6);
}

TEST(CliffsDelta, IsTheChanceAboveMinusTheChanceBelow) {
  EXPECT_EQ(estimate_cliffs_delta({2, 3}, {1}).value, 1);
  EXPECT_EQ(estimate_cliffs_delta({1, 3}, {2}).value, 0);
  EXPECT_EQ(estimate_cliffs_delta({1, 2}, {2}).value, -0.5);
}

// scipy 1.17.1's ks_2samp, two-sided, exact; p to nine digits.
TEST(TwoSampleParity, AgreesWithScipy) {
  const char* root = std::getenv("LETHE_FIXTURES");
  if (root == nullptr || *root == '\0') {
    GTEST_SKIP() << "LETHE_FIXTURES is not set";
  }
  const Json golden = read_json(std::string(root) + "/metrics/ks.json");
  ASSERT_EQ(golden["cases"].size(), 12u);
  for (const Json& one : golden["cases"]) {
    SCOPED_TRACE(one["name"].get<std::string>());
    const auto test =
        kolmogorov_smirnov(one["a"].get<Values>(), one["b"].get<Values>());
    const Json& want = one["ks"]["two-sided/exact"];
    EXPECT_NEAR(test.d, want[0].get<double>(), 1e-9);
    const auto p = want[1].get<double>();
    EXPECT_NEAR(std::pow(10, test.log10_p), p, 1e-8 * p);
  }
}

}  // namespace
}  // namespace lethe
