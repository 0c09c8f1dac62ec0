#include "results/gate/measured.h"

#include <gtest/gtest.h>

#include "harness/base/statistics.h"
#include "results/gate/test_run.h"

namespace lethe {
namespace {

Measured share(int64_t k, int64_t n,
               Interval (*made)(int64_t, int64_t) = wilson) {
  const Interval interval = made(k, n);
  return {static_cast<double>(k) / static_cast<double>(n),
          interval.low,
          interval.high,
          n,
          interval.method,
          true};
}

const Measured kArea{0.6, 0.55, 0.63, 200, "bootstrap_stratified", true};

// scipy 1.17.1's binomtest(k, n).proportion_ci.
TEST(MeasuredInterval, OfRatesHasTheSameFormulaAtEveryLevel) {
  const Bounds wilson_99 = interval_at(share(30, 100), 0.99);
  EXPECT_NEAR(wilson_99.low, 0.19746065620990516, 1e-12);
  EXPECT_NEAR(wilson_99.high, 0.427427618876424, 1e-12);
  const Bounds exact_90 = interval_at(share(30, 100, clopper_pearson), 0.9);
  EXPECT_NEAR(exact_90.low, 0.2249232243713434, 1e-9);
  EXPECT_NEAR(exact_90.high, 0.3842206127942018, 1e-9);
}

TEST(MeasuredInterval, IsTheStoredOneAtItsOwnLevel) {
  EXPECT_EQ(interval_at(kArea, 0.95).low, 0.55);
  EXPECT_EQ(interval_at(kArea, 0.95).high, 0.63);
}

// 2.5758 / 1.9600 = 1.31422: each side by its own width, and within [0, 1].
TEST(MeasuredInterval, OfOtherValuesIsStretchedSideBySide) {
  const Bounds wide = interval_at(kArea, 0.99);
  EXPECT_NEAR(wide.low, 0.6 - 1.314222 * 0.05, 1e-6);
  EXPECT_NEAR(wide.high, 0.6 + 1.314222 * 0.03, 1e-6);
  EXPECT_EQ(interval_at({0.98, 0.9, 1, 50, "bootstrap", true}, 0.99).high, 1);
}

// n of a TPR counts both classes, its interval the members alone.
TEST(MeasuredInterval, OfARateOverPartOfItsItemsIsNoRateOfAll) {
  Measured tpr = share(10, 50, clopper_pearson);
  const double exact = interval_at(tpr, 0.99).low;
  tpr.n = 100;
  EXPECT_NEAR(interval_at(tpr, 0.99).low, 0.2 - 1.314222 * (0.2 - tpr.low),
              1e-6);
  EXPECT_NE(interval_at(tpr, 0.99).low, exact);
}

// scipy's norm.sf of the score and binomtest's p-values.
TEST(MeasuredP, IsTheTestThatTheIntervalInverts) {
  EXPECT_NEAR(p_above(share(30, 100), 0.2), 0.006209665325776138, 1e-12);
  EXPECT_NEAR(p_below(share(70, 100), 0.8), 0.006209665325776138, 1e-12);
  EXPECT_NEAR(p_above(share(30, 100), 0.25), 0.12410653949496181, 1e-12);
  EXPECT_NEAR(p_above(share(7, 40, clopper_pearson), 0.1), 0.09951642396555122,
              1e-12);
  EXPECT_NEAR(p_below(share(7, 40, clopper_pearson), 0.3), 0.05528288715374277,
              1e-12);
}

TEST(MeasuredP, IsATailOfALevelWhereTheIntervalEnds) {
  EXPECT_NEAR(p_above(kArea, 0.55), 0.025, 1e-12);
  EXPECT_NEAR(p_below(kArea, 0.63), 0.025, 1e-12);
  const Measured rate = share(30, 100);
  EXPECT_NEAR(p_above(rate, rate.low), 0.025, 1e-12);
  const Measured exact = share(30, 100, clopper_pearson);
  EXPECT_NEAR(p_below(exact, exact.high), 0.025, 1e-9);
}

TEST(MeasuredP, IsOneWithinTheBoundAndZeroBeyondWhatCanBe) {
  EXPECT_EQ(p_above(kArea, 0.6), 1);
  EXPECT_EQ(p_below(kArea, 0.5), 1);
  EXPECT_EQ(p_above(share(1, 100), 0), 0);
  EXPECT_EQ(p_above({0.5, 0.5, 0.5, 3, "bootstrap", true}, 0.4), 0);
}

// Newcombe 1998, table II (a): 56 of 70 and 48 of 80, method 10.
TEST(MeasuredDifference, IsNewcombesInterval) {
  const Measured d = difference(share(56, 70), share(48, 80));
  EXPECT_NEAR(d.value, 0.2, 1e-12);
  EXPECT_NEAR(d.low, 0.0524, 5e-5);
  EXPECT_NEAR(d.high, 0.3339, 5e-5);
  EXPECT_EQ(d.n, 70);
}

TEST(MeasuredDifference, HasNoIntervalWhereOneSideHasNone) {
  const Measured alone{0.5, Measured::kNone, Measured::kNone, 9, "none", true};
  EXPECT_FALSE(difference(alone, share(56, 70)).has_interval());
  EXPECT_FALSE(difference(share(56, 70), alone).has_interval());
}

}  // namespace
}  // namespace lethe
