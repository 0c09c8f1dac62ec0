#include "harness/base/two_sample.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstdlib>

namespace lethe {
namespace {

constexpr size_t kMostExact = 10'000;

// log C(n, k).
double log_choose(int64_t n, int64_t k) {
  const auto factorial = [](int64_t m) {
    return std::lgamma(static_cast<double>(m) + 1);
  };
  return factorial(n) - factorial(k) - factorial(n - k);
}

// The largest |x n - y m| over all values, where x of the m values of the one
// sample and y of the n of the other are not above it: d = that / (m n).
int64_t largest_gap(std::vector<double> a, std::vector<double> b) {
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  const auto m = static_cast<int64_t>(a.size());
  const auto n = static_cast<int64_t>(b.size());
  int64_t x = 0, y = 0, most = 0;
  while (x < m && y < n) {
    const double value = std::min(a[x], b[y]);
    while (x < m && a[x] <= value) ++x;
    while (y < n && b[y] <= value) ++y;
    most = std::max(most, std::abs(x * n - y * m));
  }
  return most;
}

// log p for samples of the same size n at a distance of h / n: the paths that
// leave a band around the diagonal, by reflections,
//   p = 2 [C(2n, n - h) - C(2n, n - 2h) + C(2n, n - 3h) - ..] / C(2n, n).
double log_p_equal(int64_t n, int64_t h) {
  double series = 0;  // of the terms over the first, the last one inmost
  for (int64_t k = n / h; k > 1; --k) {
    const double ratio = std::exp(log_choose(2 * n, n - k * h) -
                                  log_choose(2 * n, n - (k - 1) * h));
    series = ratio * (1 - series);
  }
  return std::min(0.0, std::log(2.0) + log_choose(2 * n, n - h) -
                           log_choose(2 * n, n) + std::log1p(-series));
}

// log p of a random path from (0, 0) to (m, n) that touches |x n - y m| >= gap:
// from the chance at each point that the way to it did. Nothing is subtracted,
// so small chances keep their digits. -inf: below what a long double holds.
double log_p_unequal(int64_t m, int64_t n, int64_t gap) {
  std::vector<long double> column(static_cast<size_t>(n) + 1);
  for (int64_t x = 0; x <= m; ++x) {
    for (int64_t y = 0; y <= n; ++y) {
      if (std::abs(x * n - y * m) >= gap) {
        column[y] = 1;
        continue;
      }
      const auto steps = static_cast<long double>(x + y);
      const long double from_left =
          x == 0 ? 0 : column[y] * static_cast<long double>(x);
      const long double from_below =
          y == 0 ? 0 : column[y - 1] * static_cast<long double>(y);
      column[y] = steps == 0 ? 0 : (from_left + from_below) / steps;
    }
  }
  return static_cast<double>(std::log(column.back()));
}

// The limit for large samples: 2 sum_k (-1)^(k-1) exp(-2 k^2 z^2).
double log_p_limit(double m, double n, double d) {
  const double z2 = d * d * m * n / (m + n);
  if (z2 < 0.04) return 0;  // p is 1 to twelve digits
  double series = 0;
  for (int k = 20; k > 1; --k) {
    series = std::exp(-2.0 * (2 * k - 1) * z2) * (1 - series);
  }
  return std::min(0.0, std::log(2.0) - 2 * z2 + std::log1p(-series));
}

}  // namespace

KolmogorovSmirnov kolmogorov_smirnov(const std::vector<double>& a,
                                     const std::vector<double>& b) {
  assert(!a.empty() && !b.empty());
  const auto m = static_cast<int64_t>(a.size());
  const auto n = static_cast<int64_t>(b.size());
  const int64_t gap = largest_gap(a, b);
  KolmogorovSmirnov found;
  found.d = static_cast<double>(gap) /
            (static_cast<double>(m) * static_cast<double>(n));
  double log_p = 0;
  found.exact = std::max(a.size(), b.size()) <= kMostExact;
  if (gap == 0) {
    found.exact = true;
  } else if (gap == m * n) {  // two of all orders of the values
    found.exact = true;
    log_p = std::log(2.0) - log_choose(m + n, n);
  } else if (found.exact) {
    log_p = m == n ? log_p_equal(n, gap / n) : log_p_unequal(m, n, gap);
  }
  if (!found.exact || !std::isfinite(log_p)) {
    found.exact = false;
    log_p =
        log_p_limit(static_cast<double>(m), static_cast<double>(n), found.d);
  }
  found.log10_p = std::min(0.0, log_p) / std::log(10.0);
  return found;
}

Estimate estimate_cliffs_delta(const std::vector<double>& a,
                               const std::vector<double>& b) {
  Estimate delta = estimate_auroc(a, b);
  for (double* one : {&delta.value, &delta.ci95.low, &delta.ci95.high}) {
    *one = 2 * *one - 1;
  }
  return delta;
}

}  // namespace lethe
