// Resampling with replacement, for the intervals of values without a formula.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "harness/base/rng.h"
#include "harness/base/statistics.h"

namespace lethe {

// Draws with replacement, two a number of the stream.
class Draws {
 public:
  explicit Draws(uint64_t seed) : rng_(seed, "bootstrap") {}

  // Calls use(place) n times with places in [0, n). A place is 32 bits scaled
  // to n: its chance is off by less than 2^-32, far below what an interval of
  // 2,000 resamples can show.
  template <class Use>
  void resample(uint32_t n, const Use& use) {
    for (uint32_t i = 0; i + 1 < n; i += 2) {
      const uint64_t bits = rng_.next();
      use(scale(static_cast<uint32_t>(bits), n));
      use(scale(static_cast<uint32_t>(bits >> 32), n));
    }
    if (n % 2 == 1) use(scale(static_cast<uint32_t>(rng_.next()), n));
  }

  // As many of the values, some several times.
  template <class T>
  std::vector<T> of(const std::vector<T>& values) {
    std::vector<T> drawn;
    drawn.reserve(values.size());
    resample(static_cast<uint32_t>(values.size()),
             [&](size_t place) { drawn.push_back(values[place]); });
    return drawn;
  }

 private:
  static size_t scale(uint32_t bits, uint32_t n) {
    return static_cast<size_t>((uint64_t{bits} * n) >> 32);
  }

  Rng rng_;
};

constexpr int kResamples = 2000;

// The percentile interval of 2,000 calls; none if one of them isn't finite.
Interval percentile_interval(const std::string& method,
                             const std::function<double()>& resampled_value);
// The same of the values of resamples.
Interval percentile_interval(const std::string& method,
                             std::vector<double> resampled);

// The studentised interval ("bootstrap_t") of sum(numerators) /
// sum(denominators) over independent pairs: every resample's distance from the
// value counts in its own standard errors. Of skewed or mostly equal values it
// holds the truth more often than percentiles do. None where one in forty
// resamples has no spread to count in, as of fewer than four values that differ
// from the rest. Paper: Efron and Tibshirani 1993, section 12.5.
// REQUIRES: both have the same length, all are finite.
Interval studentised_interval(const std::vector<double>& numerators,
                              const std::vector<double>& denominators,
                              uint64_t seed = 0);

// estimate_mean of every column of a table, to the bit, with one drawing of
// rows for all. REQUIRES: the columns have the same length.
std::vector<Estimate> estimate_means(
    const std::vector<std::vector<double>>& columns, uint64_t seed = 0);

}  // namespace lethe
