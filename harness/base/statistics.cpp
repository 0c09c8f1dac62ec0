#include "harness/base/statistics.h"

#include <fmt/core.h>

#include <algorithm>
#include <boost/math/special_functions/beta.hpp>
#include <cassert>
#include <cmath>
#include <limits>
#include <numeric>

#include "harness/base/bootstrap.h"
#include "harness/base/ranks.h"

namespace lethe {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kAlpha = 0.05;
constexpr double kZ = 1.959963984540054;  // normal quantile at 1 - kAlpha / 2

int64_t size_of(const std::vector<double>& values) {
  return static_cast<int64_t>(values.size());
}

int64_t count_nonfinite(const std::vector<double>& values) {
  return std::count_if(values.begin(), values.end(),
                       [](double v) { return !std::isfinite(v); });
}

std::string nonfinite_reason(int64_t bad, int64_t n, const char* things) {
  return fmt::format("{} of {} {} are not finite", bad, n, things);
}

double sum(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

Interval auroc_interval(const Ranked& ranked, uint64_t seed) {
  Draws draws(seed);
  ResampledAuroc resampled(ranked);
  return percentile_interval("bootstrap_stratified",
                             [&] { return resampled.next(draws); });
}

// Why no curve can be drawn; empty if one can.
std::string curve_problem(const std::vector<double>& members,
                          const std::vector<double>& others) {
  const int64_t n = size_of(members) + size_of(others);
  const int64_t bad = count_nonfinite(members) + count_nonfinite(others);
  if (n == 0) return "no items";
  if (members.empty()) return fmt::format("none of {} items is a member", n);
  if (others.empty()) return fmt::format("all {} items are members", n);
  return bad > 0 ? nonfinite_reason(bad, n, "scores") : "";
}

// What a reader must know of a rate that is finer than the scores of `others`
// can tell; empty where one false positive is allowed, or none was asked for.
std::string resolution_note(double fpr, int64_t others) {
  if (fpr == 0 || 1 / static_cast<double>(others) <= fpr) return "";
  return fmt::format(
      "{:.6g} % of {} non-member{} is less than one: this is the TPR at FPR 0",
      100 * fpr, others, others == 1 ? "" : "s");
}

}  // namespace

Interval no_interval() { return {kNaN, kNaN, "none"}; }

Estimate no_estimate(int64_t n, const std::string& reason) {
  return {kNaN, n, no_interval(), reason};
}

Interval wilson(int64_t k, int64_t n) {
  assert(0 <= k && k <= n);
  if (n == 0) return no_interval();
  const auto trials = static_cast<double>(n);
  const double p = static_cast<double>(k) / trials;
  const double scale = 1 + kZ * kZ / trials;
  const double centre = (p + kZ * kZ / (2 * trials)) / scale;
  const double half =
      kZ / scale *
      std::sqrt(p * (1 - p) / trials + kZ * kZ / (4 * trials * trials));
  // At the ends the exact bounds are 0 and 1; rounding could step over them.
  return {k == 0 ? 0 : centre - half, k == n ? 1 : centre + half, "wilson"};
}

Interval clopper_pearson(int64_t k, int64_t n) {
  assert(0 <= k && k <= n);
  if (n == 0) return no_interval();
  const auto hits = static_cast<double>(k);
  const auto misses = static_cast<double>(n - k);
  using boost::math::ibeta_inv;
  return {k == 0 ? 0 : ibeta_inv(hits, misses + 1, kAlpha / 2),
          k == n ? 1 : ibeta_inv(hits + 1, misses, 1 - kAlpha / 2),
          "clopper_pearson"};
}

Estimate estimate_mean(const std::vector<double>& values, uint64_t seed) {
  const int64_t n = size_of(values);
  const int64_t bad = count_nonfinite(values);
  if (n == 0) return no_estimate(0, "no items");
  if (bad > 0) return no_estimate(n, nonfinite_reason(bad, n, "values"));
  const double total = sum(values);
  const auto binary = [](double v) { return v == 0 || v == 1; };
  if (std::all_of(values.begin(), values.end(), binary)) {
    return {total / static_cast<double>(n), n,
            wilson(static_cast<int64_t>(total), n), ""};
  }
  return estimate_ratio(values, std::vector<double>(values.size(), 1), seed);
}

Estimate estimate_ratio(const std::vector<double>& numerators,
                        const std::vector<double>& denominators,
                        uint64_t seed) {
  assert(numerators.size() == denominators.size());
  const int64_t n = size_of(numerators);
  const int64_t bad =
      count_nonfinite(numerators) + count_nonfinite(denominators);
  if (n == 0) return no_estimate(0, "no items");
  if (bad > 0) return no_estimate(n, nonfinite_reason(bad, n, "values"));
  if (sum(denominators) == 0) {
    return no_estimate(n, fmt::format("{} items weigh nothing", n));
  }
  const double value = sum(numerators) / sum(denominators);
  if (!std::isfinite(value)) {
    return no_estimate(n, fmt::format("the sum of {} values overflows", n));
  }
  if (n == 1) return {value, n, no_interval(), ""};
  Draws draws(seed);
  const auto resampled_ratio = [&] {
    double over = 0;
    double under = 0;
    draws.resample(static_cast<uint32_t>(n), [&](size_t place) {
      over += numerators[place];
      under += denominators[place];
    });
    return over / under;
  };
  return {value, n,
          percentile_interval("bootstrap_percentile", resampled_ratio), ""};
}

Estimate estimate_of_sums(
    const std::vector<std::vector<double>>& rows,
    const std::function<double(const std::vector<double>&)>& value,
    uint64_t seed) {
  const auto n = static_cast<int64_t>(rows.size());
  if (n == 0) return no_estimate(0, "no items");
  const int64_t bad =
      std::accumulate(rows.begin(), rows.end(), int64_t{0},
                      [](int64_t total, const std::vector<double>& row) {
                        return total + count_nonfinite(row);
                      });
  if (bad > 0) return no_estimate(n, nonfinite_reason(bad, n, "values"));
  std::vector<double> sums(rows.front().size());
  const auto add = [&](const std::vector<double>& row) {
    assert(row.size() == sums.size());
    for (size_t i = 0; i < sums.size(); ++i) sums[i] += row[i];
  };
  std::for_each(rows.begin(), rows.end(), add);
  const double of_all = value(sums);
  if (!std::isfinite(of_all)) {
    return no_estimate(n, fmt::format("{} items together have no value", n));
  }
  if (n == 1) return {of_all, n, no_interval(), ""};
  Draws draws(seed);
  const auto resampled_value = [&] {
    std::fill(sums.begin(), sums.end(), 0);
    draws.resample(static_cast<uint32_t>(n),
                   [&](size_t place) { add(rows[place]); });
    return value(sums);
  };
  return {of_all, n,
          percentile_interval("bootstrap_percentile", resampled_value), ""};
}

double auroc(const std::vector<double>& members,
             const std::vector<double>& others) {
  if (!curve_problem(members, others).empty()) return kNaN;
  const Ranked ranked = rank(members, others);
  return area(group_counts(ranked.members, ranked.groups),
              group_counts(ranked.others, ranked.groups));
}

Estimate estimate_auroc(const std::vector<double>& members,
                        const std::vector<double>& others, uint64_t seed) {
  const int64_t n = size_of(members) + size_of(others);
  const std::string problem = curve_problem(members, others);
  if (!problem.empty()) return no_estimate(n, problem);
  const double value = auroc(members, others);
  const int64_t pairs = std::min(size_of(members), size_of(others));
  if (value == 0 || value == 1) {
    return {value, n, clopper_pearson(value == 1 ? pairs : 0, pairs), ""};
  }
  if (pairs == 1) return {value, n, no_interval(), ""};
  return {value, n, auroc_interval(rank(members, others), seed), ""};
}

Estimate estimate_tpr_at_fpr(const std::vector<double>& members,
                             const std::vector<double>& others, double fpr) {
  assert(0 <= fpr && fpr <= 1);
  const int64_t n = size_of(members) + size_of(others);
  const std::string problem = curve_problem(members, others);
  if (!problem.empty()) return no_estimate(n, problem);
  const Ranked ranked = rank(members, others);
  const Counts true_gain = group_counts(ranked.members, ranked.groups);
  const Counts false_gain = group_counts(ranked.others, ranked.groups);
  int64_t true_positives = 0;
  int64_t false_positives = 0;
  // From the highest score down; a quotient as sklearn's, not fpr * count,
  // which rounds 0.29 * 100 below 29.
  for (size_t group = ranked.groups; group-- > 0;) {
    false_positives += false_gain[group];
    if (static_cast<double>(false_positives) /
            static_cast<double>(others.size()) >
        fpr) {
      break;
    }
    true_positives += true_gain[group];
  }
  return {
      static_cast<double>(true_positives) / static_cast<double>(members.size()),
      n, clopper_pearson(true_positives, size_of(members)), "",
      resolution_note(fpr, size_of(others))};
}

}  // namespace lethe
