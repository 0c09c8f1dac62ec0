// How often the intervals of shares hold the truth: exact, by the binomial's
// sum over all outcomes.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/math/distributions/binomial.hpp>
#include <cstdint>
#include <vector>

#include "harness/base/paired.h"
#include "harness/base/statistics.h"

namespace lethe {
namespace {

using boost::math::binomial;

using Intervals = std::vector<Interval>;

Intervals all_intervals(Interval (*make)(int64_t, int64_t), int64_t n) {
  Intervals all;
  for (int64_t k = 0; k <= n; ++k) all.push_back(make(k, n));
  return all;
}

double coverage(const Intervals& intervals, double p) {
  const binomial hits(static_cast<double>(intervals.size() - 1), p);
  double held = 0;
  for (size_t k = 0; k < intervals.size(); ++k) {
    if (intervals[k].low <= p && p <= intervals[k].high) {
      held += pdf(hits, static_cast<double>(k));
    }
  }
  return held;
}

// p = 0.02, 0.0205, .., 0.98.
std::vector<double> rates() {
  std::vector<double> all;
  for (int i = 0; i <= 1920; ++i) all.push_back(0.02 + 0.0005 * i);
  return all;
}

TEST(Coverage, OfWilsonAveragesTo95Percent) {
  for (const int64_t n : {40, 200, 1000}) {
    const Intervals intervals = all_intervals(wilson, n);
    double sum = 0, least = 1;
    for (const double p : rates()) {
      const double held = coverage(intervals, p);
      sum += held;
      least = std::min(least, held);
    }
    const double mean = sum / static_cast<double>(rates().size());
    EXPECT_GE(mean, 0.94) << n;
    EXPECT_LE(mean, 0.96) << n;
    RecordProperty("wilson_" + std::to_string(n), std::to_string(mean));
    RecordProperty("wilson_least_" + std::to_string(n), std::to_string(least));
  }
}

TEST(Coverage, OfClopperPearsonIsNeverBelow95Percent) {
  for (const int64_t n : {5, 40, 200, 1000}) {
    const Intervals intervals = all_intervals(clopper_pearson, n);
    double least = 1;
    for (const double p : rates()) {
      least = std::min(least, coverage(intervals, p));
    }
    // Where it is worst: just outside each bound.
    for (const Interval& i : intervals) {
      for (const double p : {i.low - 1e-9, i.high + 1e-9}) {
        if (0 < p && p < 1) least = std::min(least, coverage(intervals, p));
      }
    }
    EXPECT_GE(least, 0.95) << n;
    RecordProperty("clopper_pearson_least_" + std::to_string(n),
                   std::to_string(least));
  }
}

}  // namespace
}  // namespace lethe
