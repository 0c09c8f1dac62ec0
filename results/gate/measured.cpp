#include "results/gate/measured.h"

#include <algorithm>
#include <boost/math/special_functions/beta.hpp>
#include <boost/math/special_functions/erf.hpp>
#include <cmath>

#include "harness/base/one_sided_tests.h"
#include "harness/base/statistics.h"

namespace lethe {
namespace {

constexpr double kStored = 0.95;  // the confidence of records
constexpr double kSame = 1e-9;

// The normal quantile at (1 + level) / 2.
double quantile(double level) {
  return std::sqrt(2.0) * boost::math::erf_inv(level);
}

double upper_tail(double z) { return 0.5 * std::erfc(z / std::sqrt(2.0)); }

// k of n, where the interval is what `method` makes of them; k = -1 otherwise:
// n may count other things than the interval does.
int64_t successes(const Measured& m, const std::string& method,
                  Interval (*made)(int64_t, int64_t)) {
  if (m.ci_method != method || m.n < 1) return -1;
  const double k = m.value * static_cast<double>(m.n);
  const double whole = std::round(k);
  if (std::fabs(k - whole) > 1e-6 || whole < 0 ||
      whole > static_cast<double>(m.n)) {
    return -1;
  }
  const Interval interval = made(static_cast<int64_t>(whole), m.n);
  const bool same = std::fabs(interval.low - m.low) < kSame &&
                    std::fabs(interval.high - m.high) < kSame;
  return same ? static_cast<int64_t>(whole) : -1;
}

int64_t wilson_successes(const Measured& m) {
  return successes(m, "wilson", wilson);
}

int64_t exact_successes(const Measured& m) {
  return successes(m, "clopper_pearson", clopper_pearson);
}

Bounds wilson_at(int64_t k, int64_t n, double z) {
  const auto trials = static_cast<double>(n);
  const double p = static_cast<double>(k) / trials;
  const double scale = 1 + z * z / trials;
  const double centre = (p + z * z / (2 * trials)) / scale;
  const double half =
      z / scale *
      std::sqrt(p * (1 - p) / trials + z * z / (4 * trials * trials));
  return {k == 0 ? 0 : centre - half, k == n ? 1 : centre + half};
}

Bounds exact_at(int64_t k, int64_t n, double level) {
  const auto hits = static_cast<double>(k);
  const auto misses = static_cast<double>(n - k);
  const double tail = (1 - level) / 2;
  using boost::math::ibeta_inv;
  return {k == 0 ? 0 : ibeta_inv(hits, misses + 1, tail),
          k == n ? 1 : ibeta_inv(hits + 1, misses, 1 - tail)};
}

// Each side of the interval stands for a normal distribution of its own width.
Bounds stretched(const Measured& m, double level) {
  const double ratio = quantile(level) / quantile(kStored);
  Bounds b{m.value - ratio * (m.value - m.low),
           m.value + ratio * (m.high - m.value)};
  if (m.share) b = {std::max(b.low, 0.0), std::min(b.high, 1.0)};
  return b;
}

// The score test, whose inversion Wilson's interval is. REQUIRES: k/n > bound.
double score_p_above(int64_t k, int64_t n, double bound) {
  const auto trials = static_cast<double>(n);
  const double p = static_cast<double>(k) / trials;
  if (bound <= 0) return 0;
  return upper_tail((p - bound) / std::sqrt(bound * (1 - bound) / trials));
}

Measured mirrored(Measured m) {
  m.value = -m.value;
  std::swap(m.low, m.high);
  m.low = -m.low;
  m.high = -m.high;
  return m;
}

}  // namespace

bool Measured::has_interval() const {
  return std::isfinite(low) && std::isfinite(high);
}

Measured measured(const Record& r) {
  return {r.value, r.ci_low, r.ci_high, r.n, r.ci_method, r.unit == "fraction"};
}

Bounds interval_at(const Measured& m, double level) {
  if (std::fabs(level - kStored) < 1e-12) return {m.low, m.high};
  if (const int64_t k = wilson_successes(m); k >= 0) {
    return wilson_at(k, m.n, quantile(level));
  }
  if (const int64_t k = exact_successes(m); k >= 0) {
    return exact_at(k, m.n, level);
  }
  return stretched(m, level);
}

double p_above(const Measured& m, double bound) {
  if (m.value <= bound) return 1;
  if (const int64_t k = wilson_successes(m); k >= 0) {
    return score_p_above(k, m.n, bound);
  }
  if (const int64_t k = exact_successes(m); k >= 0) {
    return binomial_at_least(k, m.n, bound);
  }
  const double width = (m.value - m.low) / quantile(kStored);
  if (width <= 0) return 0;
  return upper_tail((m.value - bound) / width);
}

double p_below(const Measured& m, double bound) {
  if (m.value >= bound) return 1;
  if (const int64_t k = wilson_successes(m); k >= 0) {
    return score_p_above(m.n - k, m.n, 1 - bound);
  }
  if (const int64_t k = exact_successes(m); k >= 0) {
    return binomial_at_least(m.n - k, m.n, 1 - bound);
  }
  Measured turned = mirrored(m);
  turned.ci_method = "mirrored";
  return p_above(turned, -bound);
}

Measured difference(const Measured& a, const Measured& b) {
  Measured d;
  d.value = a.value - b.value;
  d.n = std::min(a.n, b.n);
  d.ci_method = "newcombe";
  d.low = d.value - std::hypot(a.value - a.low, b.high - b.value);
  d.high = d.value + std::hypot(a.high - a.value, b.value - b.low);
  return d;
}

}  // namespace lethe
