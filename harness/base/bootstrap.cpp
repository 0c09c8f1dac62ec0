#include "harness/base/bootstrap.h"

#include <algorithm>
#include <cmath>

namespace lethe {
namespace {

constexpr double kAlpha = 0.05;
constexpr int kResamples = 2000;

// The q-quantile of sorted values, interpolated linearly as numpy does.
double quantile(const std::vector<double>& sorted, double q) {
  const double place = q * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(place);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  const double part = place - static_cast<double>(below);
  return sorted[below] + part * (sorted[above] - sorted[below]);
}

}  // namespace

Interval percentile_interval(const std::string& method,
                             const std::function<double()>& resampled_value) {
  std::vector<double> resampled(kResamples);
  std::generate(resampled.begin(), resampled.end(), resampled_value);
  const bool finite =
      std::all_of(resampled.begin(), resampled.end(),
                  [](double value) { return std::isfinite(value); });
  if (!finite) return no_interval();
  std::sort(resampled.begin(), resampled.end());
  return {quantile(resampled, kAlpha / 2), quantile(resampled, 1 - kAlpha / 2),
          method};
}

}  // namespace lethe
