// A number with its interval, as a bound is held against it.
#pragma once

#include <cstdint>
#include <limits>
#include <string>

#include "harness/base/record.h"

namespace lethe {

struct Measured {
  static constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  double value = kNone;
  double low = kNone;  // 95 % interval; NaN: there is none
  double high = kNone;
  int64_t n = 0;
  std::string ci_method = "none";
  bool share = false;  // cannot leave [0, 1]

  bool has_interval() const;
};

Measured measured(const Record& record);

struct Bounds {
  double low, high;
};

// The two-sided interval of another confidence. At 0.95 the stored one. Rates
// with Wilson's or Clopper-Pearson's interval: the same formula, exact. Others:
// each side is stretched by the ratio of the normal quantiles.
// REQUIRES: has_interval(), level in (0, 1).
Bounds interval_at(const Measured& m, double level);

// The chance of a value this far above `bound`, or further, if the truth were
// at the bound: one-sided, consistent with interval_at (at most (1 - level) / 2
// exactly when the whole interval lies above). REQUIRES: has_interval().
double p_above(const Measured& m, double bound);
double p_below(const Measured& m, double bound);

// a - b of two independent measurements, with the interval of Newcombe 1998
// (method 10, of any two intervals): for the same items it is wide, not wrong,
// as long as they are not anticorrelated. n is the smaller one.
Measured difference(const Measured& a, const Measured& b);

}  // namespace lethe
