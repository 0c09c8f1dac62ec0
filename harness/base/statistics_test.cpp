#include "harness/base/statistics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "harness/base/bootstrap.h"
#include "harness/base/rng.h"

namespace lethe {
namespace {

using testing::HasSubstr;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::vector<double> normals(int n, double mean, const std::string& name) {
  Rng stream(1, name);
  std::vector<double> values;
  for (int i = 0; i < n; ++i) values.push_back(mean + stream.normal());
  return values;
}

void expect_interval(const Interval& interval, double low, double high,
                     double tolerance) {
  EXPECT_NEAR(interval.low, low, tolerance);
  EXPECT_NEAR(interval.high, high, tolerance);
}

void expect_no_estimate(const Estimate& estimate, int64_t n,
                        const std::string& reason) {
  EXPECT_TRUE(std::isnan(estimate.value));
  EXPECT_TRUE(std::isnan(estimate.ci95.low));
  EXPECT_TRUE(std::isnan(estimate.ci95.high));
  EXPECT_EQ(estimate.ci95.method, "none");
  EXPECT_EQ(estimate.n, n);
  EXPECT_EQ(estimate.reason, reason);
}

TEST(Wilson, AgreesWithScipy) {
  expect_interval(wilson(179, 200), 0.8448196800887696, 0.9302925120731899,
                  1e-12);
  expect_interval(wilson(5, 10), 0.236593090512564, 0.7634069094874361, 1e-12);
  EXPECT_EQ(wilson(5, 10).method, "wilson");
}

TEST(Wilson, OfNoneAndOfAllHasTheClosedForm) {
  const double z2 = 1.959963984540054 * 1.959963984540054;
  expect_interval(wilson(0, 20), 0, z2 / (20 + z2), 1e-15);
  expect_interval(wilson(20, 20), 20 / (20 + z2), 1, 1e-15);
  EXPECT_EQ(wilson(0, 20).low, 0);
  EXPECT_EQ(wilson(20, 20).high, 1);
}

TEST(ClopperPearson, AgreesWithScipy) {
  expect_interval(clopper_pearson(179, 200), 0.8439812944525567,
                  0.9338187729712931, 1e-12);
  expect_interval(clopper_pearson(5, 10), 0.1870860284474045,
                  0.8129139715525955, 1e-12);
  expect_interval(clopper_pearson(1, 1000), 2.5317487491674634e-05,
                  0.0055589242798499, 1e-12);
  EXPECT_EQ(clopper_pearson(5, 10).method, "clopper_pearson");
}

TEST(ClopperPearson, OfNoneAndOfAllHasTheClosedForm) {
  const double bound = std::pow(0.025, 1.0 / 20);
  expect_interval(clopper_pearson(0, 20), 0, 1 - bound, 1e-12);
  expect_interval(clopper_pearson(20, 20), bound, 1, 1e-12);
}

TEST(Proportions, OfNoTrialsHaveNoInterval) {
  for (const Interval& interval : {wilson(0, 0), clopper_pearson(0, 0)}) {
    EXPECT_TRUE(std::isnan(interval.low));
    EXPECT_TRUE(std::isnan(interval.high));
    EXPECT_EQ(interval.method, "none");
  }
}

TEST(EstimateMean, TakesWilsonForZerosAndOnes) {
  const Estimate estimate = estimate_mean({1, 0, 0, 1, 1});
  EXPECT_DOUBLE_EQ(estimate.value, 0.6);
  EXPECT_EQ(estimate.n, 5);
  EXPECT_EQ(estimate.ci95.method, "wilson");
  EXPECT_EQ(estimate.ci95.low, wilson(3, 5).low);
  EXPECT_EQ(estimate.reason, "");
}

TEST(EstimateMean, BootstrapsOtherValues) {
  const Estimate estimate = estimate_mean({0.5, 0.25, 1, 0});
  EXPECT_DOUBLE_EQ(estimate.value, 0.4375);
  EXPECT_EQ(estimate.ci95.method, "bootstrap_percentile");
  // The mean of four draws lies between the extremes and near the middle.
  EXPECT_GT(estimate.ci95.low, 0);
  EXPECT_LT(estimate.ci95.low, 0.2);
  EXPECT_GT(estimate.ci95.high, 0.7);
  EXPECT_LT(estimate.ci95.high, 1);
}

TEST(EstimateMeans, AreThoseOfEachColumn) {
  std::vector<std::vector<double>> columns(7);
  Rng stream(0, "columns");
  for (int i = 0; i < 31; ++i) {
    for (auto& column : columns) column.push_back(stream.normal());
    columns[1].back() = i % 3 == 0;
  }
  columns[4][7] = std::numeric_limits<double>::quiet_NaN();
  const std::vector<Estimate> found = estimate_means(columns, 5);
  ASSERT_EQ(found.size(), columns.size());
  for (size_t c = 0; c < columns.size(); ++c) {
    const Estimate wanted = estimate_mean(columns[c], 5);
    EXPECT_EQ(found[c].reason, wanted.reason);
    EXPECT_EQ(found[c].n, 31);
    EXPECT_EQ(found[c].ci95.method, wanted.ci95.method);
    if (c == 4) continue;
    EXPECT_EQ(found[c].value, wanted.value);
    EXPECT_EQ(found[c].ci95.low, wanted.ci95.low);
    EXPECT_EQ(found[c].ci95.high, wanted.ci95.high);
  }
  EXPECT_TRUE(estimate_means({}).empty());
  EXPECT_EQ(estimate_means({{}})[0].reason, "no items");
}

TEST(EstimateMean, HasTheWidthOfTheNormalApproximation) {
  const std::vector<double> values = normals(1000, 3, "width");
  const Estimate estimate = estimate_mean(values);
  double squares = 0;
  for (const double v : values) squares += std::pow(v - estimate.value, 2);
  const double error = std::sqrt(squares / 1000 / 1000);
  expect_interval(estimate.ci95, estimate.value - 1.96 * error,
                  estimate.value + 1.96 * error, 0.15 * error);
}

TEST(EstimateMean, IsTheSameForTheSameSeedOnly) {
  const std::vector<double> values = normals(50, 0, "seed");
  EXPECT_EQ(estimate_mean(values, 3).ci95.low,
            estimate_mean(values, 3).ci95.low);
  EXPECT_NE(estimate_mean(values, 3).ci95.low,
            estimate_mean(values, 4).ci95.low);
}

TEST(EstimateMean, DropsNothing) {
  expect_no_estimate(estimate_mean({}), 0, "no items");
  expect_no_estimate(estimate_mean({0.5, kNaN, 1}), 3,
                     "1 of 3 values are not finite");
  expect_no_estimate(estimate_mean({kInfinity, 1}), 2,
                     "1 of 2 values are not finite");
  expect_no_estimate(estimate_mean({1e308, 1e308}), 2,
                     "the sum of 2 values overflows");
}

TEST(EstimateMean, OfOneValueHasNoInterval) {
  const Estimate estimate = estimate_mean({0.3});
  EXPECT_DOUBLE_EQ(estimate.value, 0.3);
  EXPECT_EQ(estimate.ci95.method, "none");
  EXPECT_TRUE(std::isnan(estimate.ci95.low));
}

TEST(EstimateRatio, WeighsItemsByTheirDenominators) {
  // 1 of 1 and 30 of 90: pooled, not the mean of 1 and 1/3.
  const Estimate estimate = estimate_ratio({1, 30}, {1, 90});
  EXPECT_DOUBLE_EQ(estimate.value, 31.0 / 91);
  EXPECT_EQ(estimate.n, 2);
  // A resample is one of: the first twice, both, the second twice.
  expect_interval(estimate.ci95, 1.0 / 3, 1, 1e-15);
}

TEST(EstimateRatio, HasNoIntervalWhenAResampleHasNoDenominator) {
  const Estimate estimate = estimate_ratio({0, 3}, {0, 2});
  EXPECT_DOUBLE_EQ(estimate.value, 1.5);
  EXPECT_EQ(estimate.ci95.method, "none");
  expect_no_estimate(estimate_ratio({1, 2}, {0, 0}), 2,
                     "2 items weigh nothing");
}

// The ratio of two sums, to compare with estimate_ratio.
double first_over_second(const std::vector<double>& sums) {
  return sums[0] / sums[1];
}

TEST(EstimateOfSums, OfARatioIsEstimateRatio) {
  const Estimate sums = estimate_of_sums({{1, 1}, {30, 90}}, first_over_second);
  const Estimate ratio = estimate_ratio({1, 30}, {1, 90});
  EXPECT_EQ(sums.value, ratio.value);
  EXPECT_EQ(sums.n, 2);
  EXPECT_EQ(sums.ci95.low, ratio.ci95.low);
  EXPECT_EQ(sums.ci95.high, ratio.ci95.high);
  EXPECT_EQ(sums.ci95.method, "bootstrap_percentile");
}

TEST(EstimateOfSums, HasNoIntervalOfOneItemAndNoValueOfABadOne) {
  const Estimate one = estimate_of_sums({{1, 2}}, first_over_second);
  EXPECT_EQ(one.value, 0.5);
  EXPECT_EQ(one.ci95.method, "none");
  expect_no_estimate(estimate_of_sums({}, first_over_second), 0, "no items");
  expect_no_estimate(estimate_of_sums({{1, kNaN}, {1, 1}}, first_over_second),
                     2, "1 of 2 values are not finite");
  expect_no_estimate(estimate_of_sums({{1, 0}, {2, 0}}, first_over_second), 2,
                     "2 items together have no value");
}

TEST(Auroc, CountsWonPairsAndHalfTheTies) {
  // 0.8 beats both; 0.4 ties with 0.4 and beats 0.1; 0.2 beats 0.1.
  EXPECT_DOUBLE_EQ(auroc({0.8, 0.4, 0.2}, {0.4, 0.1}), 4.5 / 6);
  EXPECT_DOUBLE_EQ(auroc({1}, {1}), 0.5);
  EXPECT_DOUBLE_EQ(auroc({1, 2}, {3, 4}), 0);
  EXPECT_DOUBLE_EQ(auroc({-0.0}, {0.0}), 0.5);
}

TEST(Auroc, IsOneMinusItselfWithTheClassesSwapped) {
  const auto a = normals(57, 0.5, "a");
  const auto b = normals(91, 0, "b");
  EXPECT_DOUBLE_EQ(auroc(a, b), 1 - auroc(b, a));
}

TEST(Auroc, IsNaNForOneClassOrScoresThatAreNotFinite) {
  EXPECT_TRUE(std::isnan(auroc({}, {1})));
  EXPECT_TRUE(std::isnan(auroc({1}, {})));
  EXPECT_TRUE(std::isnan(auroc({1, kNaN}, {1})));
  EXPECT_TRUE(std::isnan(auroc({1}, {kInfinity})));
}

// Hanley and McNeil 1982: the standard error of the area for normal scores.
TEST(EstimateAuroc, HasTheWidthOfHanleyAndMcNeil) {
  const Estimate estimate =
      estimate_auroc(normals(400, 1, "members"), normals(300, 0, "others"));
  const double a = estimate.value;
  const double variance = (a * (1 - a) + 399 * (a / (2 - a) - a * a) +
                           299 * (2 * a * a / (1 + a) - a * a)) /
                          (400.0 * 300);
  EXPECT_NEAR(a, 0.76, 0.05);
  EXPECT_EQ(estimate.n, 700);
  EXPECT_EQ(estimate.ci95.method, "bootstrap_stratified");
  EXPECT_NEAR((estimate.ci95.high - estimate.ci95.low) / 2,
              1.96 * std::sqrt(variance), 0.2 * std::sqrt(variance));
  EXPECT_LT(estimate.ci95.low, a);
  EXPECT_GT(estimate.ci95.high, a);
}

TEST(EstimateAuroc, IsNotCertainWhenFewItemsSeparatePerfectly) {
  const Estimate all = estimate_auroc({3, 4, 5}, {1, 2});
  EXPECT_EQ(all.value, 1);
  expect_interval(all.ci95, std::sqrt(0.025), 1, 1e-12);
  EXPECT_EQ(all.ci95.method, "clopper_pearson");
  const Estimate none = estimate_auroc({1, 2}, {3, 4, 5});
  EXPECT_EQ(none.value, 0);
  expect_interval(none.ci95, 0, 1 - std::sqrt(0.025), 1e-12);
}

TEST(EstimateAuroc, HasNoIntervalWhenAClassHasOneScore) {
  const Estimate estimate = estimate_auroc({2}, {1, 2, 3});
  EXPECT_DOUBLE_EQ(estimate.value, 0.5);
  EXPECT_EQ(estimate.ci95.method, "none");
}

TEST(RankEstimates, SayWhyTheyHaveNoValue) {
  const auto tpr = [](const std::vector<double>& members,
                      const std::vector<double>& others) {
    return estimate_tpr_at_fpr(members, others, 0.1);
  };
  for (const auto& estimate : {estimate_auroc({}, {}), tpr({}, {})}) {
    expect_no_estimate(estimate, 0, "no items");
  }
  for (const auto& estimate : {estimate_auroc({}, {1, 2}), tpr({}, {1, 2})}) {
    expect_no_estimate(estimate, 2, "none of 2 items is a member");
  }
  for (const auto& estimate : {estimate_auroc({1}, {}), tpr({1}, {})}) {
    expect_no_estimate(estimate, 1, "all 1 items are members");
  }
  for (const auto& estimate :
       {estimate_auroc({1, kNaN}, {1}), tpr({1, kNaN}, {1})}) {
    expect_no_estimate(estimate, 3, "1 of 3 scores are not finite");
  }
}

TEST(TprAtFpr, TakesTheLowestThresholdTheBoundAllows) {
  const std::vector<double> members = {9, 7, 5, 3};
  const std::vector<double> others = {8, 6, 4, 2};
  const auto tpr = [&](double fpr) {
    return estimate_tpr_at_fpr(members, others, fpr).value;
  };
  EXPECT_DOUBLE_EQ(tpr(0), 0.25);
  EXPECT_DOUBLE_EQ(tpr(0.24), 0.25);
  EXPECT_DOUBLE_EQ(tpr(0.25), 0.5);
  EXPECT_DOUBLE_EQ(tpr(0.99), 1);
  EXPECT_DOUBLE_EQ(tpr(1), 1);
}

TEST(TprAtFpr, MovesTiesTogether) {
  // The group at 5 would bring one false positive of two.
  EXPECT_EQ(estimate_tpr_at_fpr({5, 5, 9}, {5, 1}, 0.4).value, 1.0 / 3);
  EXPECT_EQ(estimate_tpr_at_fpr({5, 5, 9}, {5, 1}, 0.5).value, 1);
  EXPECT_EQ(estimate_tpr_at_fpr({5, 5}, {5, 5}, 0.5).value, 0);
}

TEST(TprAtFpr, AllowsExactlyTheBoundDespiteRounding) {
  // 0.29 * 100 is 28.999999999999996 in binary.
  std::vector<double> others(100, 0);
  std::fill_n(others.begin(), 29, 2);
  EXPECT_EQ(estimate_tpr_at_fpr({1, 3}, others, 0.29).value, 1);
  EXPECT_EQ(estimate_tpr_at_fpr({1, 3}, others, 0.28).value, 0.5);
}

TEST(TprAtFpr, HasTheExactIntervalOverTheMembers) {
  const Estimate estimate = estimate_tpr_at_fpr({9, 7, 1, 1}, {8, 0}, 0.5);
  EXPECT_EQ(estimate.value, 1);
  EXPECT_EQ(estimate.n, 6);
  expect_interval(estimate.ci95, std::pow(0.025, 0.25), 1, 1e-12);
  EXPECT_EQ(estimate.ci95.method, "clopper_pearson");
}

}  // namespace
}  // namespace lethe
