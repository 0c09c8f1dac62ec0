#include "harness/base/paired_proportions.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace lethe {
namespace {

constexpr double kZ = 1.959963984540054;  // normal quantile at 0.975
constexpr int kHalvings = 60;

// The score statistic of a true difference `delta`; it falls as delta grows.
double score(double lost, double gained, double n, double delta) {
  const double b = -lost - gained + (2 * n - lost + gained) * delta;
  const double c = -gained * delta * (1 - delta);
  const double root = std::sqrt(std::max(0.0, b * b - 8 * n * c));
  const double gained_share = (root - b) / (4 * n);
  const double variance = n * (2 * gained_share + delta * (1 - delta));
  const double distance = lost - gained - n * delta;
  if (variance <= 0) return distance == 0 ? 0 : std::copysign(1e9, distance);
  return distance / std::sqrt(variance);
}

// The upper bound: where the score is -z, above the difference measured.
double upper(double lost, double gained, double n) {
  double low = (lost - gained) / n, high = 1;
  for (int i = 0; i < kHalvings; ++i) {
    const double middle = (low + high) / 2;
    (score(lost, gained, n, middle) > -kZ ? low : high) = middle;
  }
  return (low + high) / 2;
}

}  // namespace

Interval paired_shares(int64_t lost, int64_t gained, int64_t n) {
  assert(lost >= 0 && gained >= 0 && lost + gained <= n);
  if (n == 0) return no_interval();
  const auto b = static_cast<double>(lost);
  const auto c = static_cast<double>(gained);
  const auto items = static_cast<double>(n);
  // The lower bound is the other one's upper bound, turned round.
  return {-upper(c, b, items), upper(b, c, items), "tango"};
}

}  // namespace lethe
