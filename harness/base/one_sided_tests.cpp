#include "harness/base/one_sided_tests.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace lethe {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// U of `a` (ties one half), and sum of t^3 - t over runs of equal values.
struct Ranks {
  double u = 0;
  double ties = 0;
};

Ranks ranks_of(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<std::pair<double, bool>> all;
  for (const double value : a) all.emplace_back(value, true);
  for (const double value : b) all.emplace_back(value, false);
  std::sort(all.begin(), all.end());
  Ranks ranks;
  double below = 0;  // of b
  for (size_t i = 0; i < all.size();) {
    size_t end = i;
    double of_a = 0, of_b = 0;
    for (; end < all.size() && all[end].first == all[i].first; ++end) {
      (all[end].second ? of_a : of_b) += 1;
    }
    const double run = of_a + of_b;
    ranks.u += of_a * (below + of_b / 2);
    ranks.ties += run * run * run - run;
    below += of_b;
    i = end;
  }
  return ranks;
}

// P(U >= u) over all orders of m + n distinct values: U is the sum of m parts,
// each counted by adding one value after the other.
double exact_at_least(size_t m, size_t n, double u) {
  if (m > n) std::swap(m, n);
  // chance[i][s]: of i values of the smaller sample among the first values.
  std::vector<std::vector<double>> chance(m + 1,
                                          std::vector<double>(m * n + 1));
  chance[0][0] = 1;
  for (size_t seen = 1; seen <= m + n; ++seen) {
    const double rest = static_cast<double>(m + n - seen + 1);
    auto next = chance;
    for (size_t i = 0; i <= std::min(m, seen); ++i) {
      for (size_t s = 0; s <= m * n; ++s) {
        double p = 0;
        if (i < seen && seen - 1 - i < n) {
          p += chance[i][s] * static_cast<double>(n - (seen - 1 - i)) / rest;
        }
        if (i > 0 && seen - i <= n && s >= seen - i) {
          p += chance[i - 1][s - (seen - i)] * static_cast<double>(m - i + 1) /
               rest;
        }
        next[i][s] = p;
      }
    }
    chance = std::move(next);
  }
  double p = 0;
  for (size_t s = 0; s <= m * n; ++s) {
    if (static_cast<double>(s) >= u) p += chance[m][s];
  }
  return std::min(1.0, p);
}

double log_choose(int64_t n, int64_t k) {
  const auto factorial = [](int64_t m) {
    return std::lgamma(static_cast<double>(m) + 1);
  };
  return factorial(n) - factorial(k) - factorial(n - k);
}

}  // namespace

double mann_whitney_greater(const std::vector<double>& a,
                            const std::vector<double>& b) {
  const auto finite = [](double value) { return std::isfinite(value); };
  if (a.empty() || b.empty() || !std::all_of(a.begin(), a.end(), finite) ||
      !std::all_of(b.begin(), b.end(), finite)) {
    return kNaN;
  }
  const Ranks ranks = ranks_of(a, b);
  const auto m = static_cast<double>(a.size());
  const auto n = static_cast<double>(b.size());
  const double steps = (m + n) * std::min(m, n) * m * n;
  if (std::min(m, n) <= 8 && ranks.ties == 0 && steps < 1e8) {
    return exact_at_least(a.size(), b.size(), ranks.u);
  }
  const double all = m + n;
  const double variance =
      m * n / 12 * (all + 1 - ranks.ties / (all * (all - 1)));
  if (variance <= 0) return 1;
  const double z = (ranks.u - m * n / 2 - 0.5) / std::sqrt(variance);
  return 0.5 * std::erfc(z / std::sqrt(2.0));
}

double binomial_at_least(int64_t hits, int64_t n, double rate) {
  if (hits <= 0) return 1;
  if (rate <= 0) return 0;
  if (rate >= 1) return 1;
  double p = 0;
  for (int64_t k = n; k >= hits; --k) {  // the small ones first
    p += std::exp(log_choose(n, k) + static_cast<double>(k) * std::log(rate) +
                  static_cast<double>(n - k) * std::log1p(-rate));
  }
  return std::min(1.0, p);
}

double poisson_binomial_at_least(int64_t hits,
                                 const std::vector<double>& chances) {
  if (hits <= 0) return 1;
  // chance[k]: of k hits among those seen so far; the last: of `hits` or more.
  std::vector<double> chance(static_cast<size_t>(hits) + 1);
  chance[0] = 1;
  for (const double p : chances) {
    chance.back() += chance[chance.size() - 2] * p;
    for (size_t k = chance.size() - 2; k > 0; --k) {
      chance[k] = chance[k] * (1 - p) + chance[k - 1] * p;
    }
    chance[0] *= 1 - p;
  }
  return std::min(1.0, chance.back());
}

double fisher_greater(int64_t hits, int64_t n, int64_t other_hits,
                      int64_t other_n) {
  const int64_t total = hits + other_hits;
  double p = 0;
  for (int64_t k = std::min(total, n); k >= hits; --k) {
    if (total - k > other_n) break;
    p += std::exp(log_choose(n, k) + log_choose(other_n, total - k) -
                  log_choose(n + other_n, total));
  }
  return std::min(1.0, p);
}

namespace {

// The places of the p-values that are there, the smallest first.
std::vector<size_t> ascending(const std::vector<double>& p) {
  std::vector<size_t> order;
  for (size_t i = 0; i < p.size(); ++i) {
    if (!std::isnan(p[i])) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t i, size_t j) { return p[i] < p[j]; });
  return order;
}

}  // namespace

std::vector<double> holm(const std::vector<double>& p) {
  const std::vector<size_t> order = ascending(p);
  std::vector<double> adjusted(p.size(), kNaN);
  double most = 0;
  for (size_t k = 0; k < order.size(); ++k) {
    const double own = p[order[k]] * static_cast<double>(order.size() - k);
    most = std::max(most, std::min(1.0, own));
    adjusted[order[k]] = most;
  }
  return adjusted;
}

std::vector<double> benjamini_hochberg(const std::vector<double>& p) {
  const std::vector<size_t> order = ascending(p);
  const auto tests = static_cast<double>(order.size());
  std::vector<double> adjusted(p.size(), kNaN);
  double least = 1;
  for (size_t k = order.size(); k-- > 0;) {
    const double own = p[order[k]] * tests / static_cast<double>(k + 1);
    least = std::min(least, own);
    adjusted[order[k]] = least;
  }
  return adjusted;
}

}  // namespace lethe
