// The statistics that records need: intervals, ranks and resampling.
//
// Everything is deterministic: resampling takes its numbers from the
// counter-based streams of rng.h.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace lethe {

// A two-sided 95 % interval and how it was made ("wilson",
// "clopper_pearson", "bootstrap_percentile", "bootstrap_stratified", "none").
// low and high are NaN when it cannot be computed.
struct Interval {
  double low;
  double high;
  std::string method;
};

// A value with the number of items behind it. NaN values carry a reason.
struct Estimate {
  double value;
  int64_t n = 0;
  Interval ci95;
  std::string reason;  // why value is NaN; empty otherwise
  // What a reader of the value should know; may be empty.
  std::string note = {};
};

// Wilson score interval of k successes in n trials. NaN for n = 0.
Interval wilson(int64_t k, int64_t n);

// Exact (Clopper-Pearson) interval of k successes in n trials.
Interval clopper_pearson(int64_t k, int64_t n);

// "none", with NaN bounds.
Interval no_interval();

// A NaN estimate of n items with the reason why, and no interval.
Estimate no_estimate(int64_t n, const std::string& reason);

// Mean of `values`; Wilson when all are 0 or 1, else a percentile bootstrap
// (2,000 resamples, the stream `seed`; no interval for one value). Any
// non-finite value makes the whole estimate NaN with a reason: nothing is
// dropped.
Estimate estimate_mean(const std::vector<double>& values, uint64_t seed = 0);

// sum(numerators) / sum(denominators), e.g. nats over tokens, with a percentile
// bootstrap over the pairs (documents as clusters). NaN with a reason as in
// estimate_mean, and when the denominators sum to 0.
// REQUIRES: both have the same length.
Estimate estimate_ratio(const std::vector<double>& numerators,
                        const std::vector<double>& denominators,
                        uint64_t seed = 0);

// `value` of the column sums of `rows`, e.g. a corpus's BLEU from the counts of
// its items, with a percentile bootstrap over the rows. NaN with a reason as in
// estimate_mean, and when the value is not finite.
// REQUIRES: all rows have the same length.
Estimate estimate_of_sums(
    const std::vector<std::vector<double>>& rows,
    const std::function<double(const std::vector<double>&)>& value,
    uint64_t seed = 0);

// Area under the ROC curve: the chance that a member's score is above a
// non-member's, ties count one half (Mann-Whitney). NaN if a class is empty or
// a score is not finite. O(n log n).
double auroc(const std::vector<double>& members,
             const std::vector<double>& others);

// auroc with a class-stratified percentile bootstrap (2,000 resamples; no
// interval when a class has one score). n counts both classes. Resamples of
// perfectly separated classes are all alike; there the interval is
// Clopper-Pearson's over min(members, others) disjoint pairs, all won or lost.
Estimate estimate_auroc(const std::vector<double>& members,
                        const std::vector<double>& others, uint64_t seed = 0);

// The highest true-positive rate of a threshold whose false-positive rate is
// at most `fpr` (ties move together, as in sklearn's roc_curve); with
// Clopper-Pearson's interval over the members; n counts both classes. With
// fewer than 1/fpr others no false positive is allowed, and the note says so.
// REQUIRES: fpr in [0, 1].
Estimate estimate_tpr_at_fpr(const std::vector<double>& members,
                             const std::vector<double>& others, double fpr);

}  // namespace lethe
