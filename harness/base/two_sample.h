// Do two samples come from one distribution? Exact, and on the log scale: tests
// of forgetting go far below what a double holds.
#pragma once

#include <cstdint>
#include <vector>

#include "harness/base/statistics.h"

namespace lethe {

// The two-sided two-sample Kolmogorov-Smirnov test.
struct KolmogorovSmirnov {
  // The largest distance of the two empirical distribution functions, in
  // [0, 1]; 1: every value of one sample lies above all of the other's.
  double d = 0;
  double log10_p = 0;  // of a distance of at least d, if they were one
  bool exact = true;   // false: the limit for large samples
};

// Of two samples in any order; values that are equal move both functions
// together. Exact up to 10,000 values a sample, as scipy 1.17.1's ks_2samp
// does ("auto"); O(a b) time where the sizes differ. REQUIRES: neither is
// empty and all values are finite.
KolmogorovSmirnov kolmogorov_smirnov(const std::vector<double>& a,
                                     const std::vector<double>& b);

// Cliff's delta: the chance that a value of `a` lies above one of `b` minus the
// chance that it lies below, in [-1, 1]: 2 auroc - 1, with estimate_auroc's
// interval. O(n log n). REQUIRES: as above.
Estimate estimate_cliffs_delta(const std::vector<double>& a,
                               const std::vector<double>& b);

}  // namespace lethe
