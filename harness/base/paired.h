// Two models on the same items: did they change, by how much, and what change
// would have been seen?
//
// Differences are always `b` minus `a`. Intervals of differences of means come
// from estimate_ratio (statistics.h) over the items' differences and weights.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/base/statistics.h"

namespace lethe {

// The two-sided exact McNemar test: the chance of a split of the changed items
// as uneven as this, or more, if each fell or rose with chance one half.
// Binomial(lost + gained, 1/2), doubled, at most 1; 1 when none changed.
// As statsmodels' mcnemar(exact=True). REQUIRES: both >= 0.
double mcnemar_exact(int64_t lost, int64_t gained);

// The same less half the chance of just this split: closer to its level, not
// exact. Paper: Fagerland et al. 2013, doi:10.1186/1471-2288-13-91.
double mcnemar_mid_p(int64_t lost, int64_t gained);

// Tango's score interval ("tango") of (gained - lost) / n; NaN for n = 0. Has a
// width where nothing changed, which resampling has not.
// Paper: Tango 1998, Statistics in Medicine 17:891.
// REQUIRES: lost + gained <= n.
Interval tango(int64_t lost, int64_t gained, int64_t n);

// The sign-flip (paired permutation) test of a mean difference of 0.
struct SignFlip {
  double p = 1;       // two-sided; NaN without items or with one not finite
  bool exact = true;  // all flips were tried; else 9,999 random ones
};

// How often |sum| of the differences with random signs reaches the observed
// one. Exact up to 20 differences other than 0, by trying all signs; else
// (1 + hits) / (1 + 9,999) of the stream `seed`, so that p is never 0.
// As scipy 1.17.1's permutation_test(permutation_type="samples").
SignFlip sign_flip(const std::vector<double>& differences, uint64_t seed = 0);

// Cohen's d_z: the mean difference over the differences' standard deviation
// (n - 1). NaN with fewer than two, or where all are alike.
double cohens_dz(const std::vector<double>& differences);

// The standard error of sum(numerators) / sum(denominators) over independent
// pairs, linearised, with m / (m - 1); of equal denominators it is that of a
// mean. NaN with fewer than two.
double ratio_error(const std::vector<double>& numerators,
                   const std::vector<double>& denominators);

// Minimal detectable effects: the difference that a two-sided test at level
// 0.05 finds with a power of 80 %.

// Of a mean of n differences with this standard error (of the mean), by the
// paired t test. As statsmodels' TTestPower. NaN for n < 2.
double detectable_mean(double error, int64_t n);

// Of a share, where `changed` of n items changed (McNemar, normal): the changed
// share stays, or is the effect where that is larger. NaN where no share up to
// 1 would do. Paper: Connor 1987, Biometrics 43:207.
double detectable_share(int64_t changed, int64_t n);

// Of any value with this standard error: (1.96 + 0.84) errors.
double detectable_by_error(double error);

}  // namespace lethe
