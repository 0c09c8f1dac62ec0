// How often the intervals of shares hold the truth: exact, by sums over all
// outcomes.
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/math/distributions/binomial.hpp>
#include <cmath>
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

double log_chance(int64_t lost, int64_t gained, int64_t n, double falls,
                  double rises) {
  const auto part = [](int64_t count, double p) {
    const auto k = static_cast<double>(count);
    return (count == 0 ? 0 : k * std::log(p)) - std::lgamma(k + 1);
  };
  return std::lgamma(static_cast<double>(n) + 1) + part(lost, falls) +
         part(gained, rises) + part(n - lost - gained, 1 - falls - rises);
}

// Of the difference when a share `changed` of n items changes.
double tango_coverage(int64_t n, double changed, double difference) {
  const double falls = (changed - difference) / 2;
  const double rises = (changed + difference) / 2;
  double held = 0;
  for (int64_t lost = 0; lost <= n; ++lost) {
    for (int64_t gained = 0; lost + gained <= n; ++gained) {
      const double chance = std::exp(log_chance(lost, gained, n, falls, rises));
      if (chance < 1e-9) continue;
      const Interval interval = tango(lost, gained, n);
      if (interval.low <= difference && difference <= interval.high) {
        held += chance;
      }
    }
  }
  return held;
}

TEST(Coverage, OfTangoStaysNear95PercentWhereItemsChange) {
  for (const int64_t n : {40, 200}) {
    for (const double changed : {0.05, 0.2, 0.5}) {
      for (const double difference : {0.0, 0.03}) {
        const double held = tango_coverage(n, changed, difference);
        SCOPED_TRACE(fmt::format("n={} changed={} difference={}: {:.4f}", n,
                                 changed, difference, held));
        EXPECT_GE(held, 0.93);
        EXPECT_LE(held, n == 40 && changed < 0.1 ? 1 : 0.975);
        RecordProperty(fmt::format("tango_{}_{}_{}", n, changed, difference),
                       fmt::format("{:.4f}", held));
      }
    }
  }
}

}  // namespace
}  // namespace lethe
