#include "harness/base/agreement.h"

#include <algorithm>
#include <cmath>

namespace lethe {
namespace {

constexpr double kNormal95 = 1.959963984540054;

struct Shares {
  std::vector<std::vector<double>> both;  // of all items
  std::vector<double> first, second;
  double same = 0, chance = 0;

  Shares(const std::vector<std::vector<int64_t>>& counts, double n)
      : both(counts.size(), std::vector<double>(counts.size())),
        first(counts.size()),
        second(counts.size()) {
    for (size_t i = 0; i < counts.size(); ++i) {
      for (size_t j = 0; j < counts.size(); ++j) {
        both[i][j] = static_cast<double>(counts[i][j]) / n;
        first[i] += both[i][j];
        second[j] += both[i][j];
      }
      same += both[i][i];
    }
    for (size_t i = 0; i < first.size(); ++i) chance += first[i] * second[i];
  }
};

// n times the variance of kappa for many items.
double kappa_variance(const Shares& p, double kappa) {
  double agree = 0, differ = 0;
  for (size_t i = 0; i < p.first.size(); ++i) {
    for (size_t j = 0; j < p.first.size(); ++j) {
      if (i == j) {
        const double term = 1 - (p.first[i] + p.second[i]) * (1 - kappa);
        agree += p.both[i][i] * term * term;
      } else {
        const double sum = p.second[i] + p.first[j];
        differ += p.both[i][j] * sum * sum;
      }
    }
  }
  const double shift = kappa - p.chance * (1 - kappa);
  const double scale = 1 - p.chance;
  return (agree + (1 - kappa) * (1 - kappa) * differ - shift * shift) /
         (scale * scale);
}

Interval kappa_interval(const Shares& p, double kappa, int64_t n) {
  if (p.same == 1) {
    const Interval raw = clopper_pearson(n, n);
    return {(raw.low - p.chance) / (1 - p.chance), 1, "clopper_pearson_scaled"};
  }
  const double variance = kappa_variance(p, kappa);
  if (variance < 1e-12) return no_interval();
  const double deviation = std::sqrt(variance / static_cast<double>(n));
  return {std::max(-1.0, kappa - kNormal95 * deviation),
          std::min(1.0, kappa + kNormal95 * deviation), "normal_fleiss"};
}

}  // namespace

Agreement agreement(const std::vector<std::pair<size_t, size_t>>& pairs,
                    size_t classes) {
  Agreement all;
  all.counts.assign(classes, std::vector<int64_t>(classes));
  std::vector<double> same;
  for (const auto& [first, second] : pairs) {
    ++all.counts[first][second];
    same.push_back(first == second ? 1 : 0);
  }
  all.raw = estimate_mean(same);
  const auto n = static_cast<int64_t>(pairs.size());
  if (n == 0) {
    all.kappa = no_estimate(0, "no items");
    return all;
  }
  const Shares p(all.counts, static_cast<double>(n));
  if (p.chance >= 1) {
    all.kappa = no_estimate(n, "both put every item into the same class");
    return all;
  }
  const double kappa = (p.same - p.chance) / (1 - p.chance);
  all.kappa = {kappa, n, kappa_interval(p, kappa, n), "", ""};
  return all;
}

}  // namespace lethe
