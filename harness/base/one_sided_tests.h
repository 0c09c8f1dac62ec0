// One-sided tests of "more than chance", and corrections for having made
// several. p-values are 0 where they fall below what a double holds.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace lethe {

// The chance of ranks as high as those of `a` above `b`, or higher, if both
// came from one distribution (Mann-Whitney U, alternative "greater").
// As scipy 1.17.1's mannwhitneyu with method "auto": exact where a sample has
// at most 8 values and none are tied (exact up to 100 million steps), else
// normal with tie and continuity correction. NaN when a sample is empty or a
// value is not finite; 1 when all values are equal.
double mann_whitney_greater(const std::vector<double>& a,
                            const std::vector<double>& b);

// The chance of `hits` or more of n if each were one with chance `rate`.
// Exact. REQUIRES: 0 <= hits <= n, rate in [0, 1].
double binomial_at_least(int64_t hits, int64_t n, double rate);

// The same where each of n has a chance of its own (Poisson binomial). Exact,
// O(n^2). REQUIRES: 0 <= hits, chances in [0, 1].
double poisson_binomial_at_least(int64_t hits,
                                 const std::vector<double>& chances);

// Fisher's exact test, alternative "greater": the chance of as many hits in the
// first sample, or more, with the hits of both given.
// REQUIRES: 0 <= hits <= n of both.
double fisher_greater(int64_t hits, int64_t n, int64_t other_hits,
                      int64_t other_n);

// Adjusted p-values in the given order (Holm 1979): those at most alpha are
// rejected with a chance of any false rejection of at most alpha, however the
// tests hang together. NaN stays NaN and is no test.
std::vector<double> holm(const std::vector<double>& p);

// Adjusted p-values in the given order (Benjamini and Hochberg 1995): among
// those at most alpha, a share of at most alpha is falsely rejected on average,
// where the tests are independent or hang together positively. NaN stays NaN
// and is no test.
std::vector<double> benjamini_hochberg(const std::vector<double>& p);

}  // namespace lethe
