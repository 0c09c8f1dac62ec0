#include "harness/base/bootstrap.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <utility>

namespace lethe {
namespace {

constexpr double kAlpha = 0.05;
constexpr double kRounding = 1e-13;  // of sums of squares

// The q-quantile of sorted values, interpolated linearly as numpy does.
double quantile(const std::vector<double>& sorted, double q) {
  const double place = q * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(place);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  const double part = place - static_cast<double>(below);
  return sorted[below] + part * (sorted[above] - sorted[below]);
}

// Sums over pairs, and the ratio with its standard error that they give.
struct RatioSums {
  double over = 0, under = 0;                             // of the pairs
  double over_over = 0, over_under = 0, under_under = 0;  // of their products

  void add(double numerator, double denominator) {
    over += numerator;
    under += denominator;
    over_over += numerator * numerator;
    over_under += numerator * denominator;
    under_under += denominator * denominator;
  }
  double ratio() const { return over / under; }
  // 0 where what is left is rounding.
  double error(double m) const {
    const double r = ratio();
    const double squares = over_over - 2 * r * over_under + r * r * under_under;
    const double size = over_over + r * r * under_under;
    if (!(squares > kRounding * size)) return 0;
    return std::sqrt(squares * m / (m - 1)) / std::abs(under);
  }
};

// Whether estimate_mean of the values ends in a bootstrap.
bool is_resampled(const std::vector<double>& values) {
  const auto finite = [](double v) { return std::isfinite(v); };
  const auto binary = [](double v) { return v == 0 || v == 1; };
  return values.size() > 1 &&
         std::all_of(values.begin(), values.end(), finite) &&
         !std::all_of(values.begin(), values.end(), binary) &&
         std::isfinite(std::accumulate(values.begin(), values.end(), 0.0));
}

using Columns = std::vector<const std::vector<double>*>;

constexpr size_t kLanes = 4;  // columns that one drawing of rows serves

// The means of resamples, [columns][kResamples]. Of a row what is drawn stands
// in one place. REQUIRES: at most kLanes columns.
std::vector<std::vector<double>> resampled_means(const Columns& columns,
                                                 uint64_t seed) {
  const auto n = static_cast<uint32_t>(columns.front()->size());
  std::vector<std::array<double, kLanes>> rows(n);
  for (size_t c = 0; c < columns.size(); ++c) {
    for (size_t i = 0; i < n; ++i) rows[i][c] = (*columns[c])[i];
  }
  std::vector<std::vector<double>> means(columns.size());
  Draws draws(seed);
  for (int i = 0; i < kResamples; ++i) {
    std::array<double, kLanes> sums = {};
    draws.resample(n, [&](size_t place) {
      for (size_t c = 0; c < kLanes; ++c) sums[c] += rows[place][c];
    });
    for (size_t c = 0; c < means.size(); ++c) means[c].push_back(sums[c] / n);
  }
  return means;
}

}  // namespace

Interval percentile_interval(const std::string& method,
                             std::vector<double> resampled) {
  const bool finite =
      std::all_of(resampled.begin(), resampled.end(),
                  [](double value) { return std::isfinite(value); });
  if (!finite) return no_interval();
  std::sort(resampled.begin(), resampled.end());
  return {quantile(resampled, kAlpha / 2), quantile(resampled, 1 - kAlpha / 2),
          method};
}

Interval percentile_interval(const std::string& method,
                             const std::function<double()>& resampled_value) {
  std::vector<double> resampled(kResamples);
  std::generate(resampled.begin(), resampled.end(), resampled_value);
  return percentile_interval(method, std::move(resampled));
}

Interval studentised_interval(const std::vector<double>& numerators,
                              const std::vector<double>& denominators,
                              uint64_t seed) {
  const auto n = static_cast<uint32_t>(numerators.size());
  RatioSums all;
  for (size_t i = 0; i < n; ++i) all.add(numerators[i], denominators[i]);
  const double error = n < 2 ? 0 : all.error(n);
  if (error == 0) return no_interval();
  Draws draws(seed);
  std::vector<double> distances;
  for (int i = 0; i < kResamples; ++i) {
    RatioSums drawn;
    draws.resample(n, [&](size_t place) {
      drawn.add(numerators[place], denominators[place]);
    });
    const double distance = drawn.ratio() - all.ratio();
    distances.push_back(distance == 0 ? 0 : distance / drawn.error(n));
  }
  std::sort(distances.begin(), distances.end());
  const double low = all.ratio() - quantile(distances, 1 - kAlpha / 2) * error;
  const double high = all.ratio() - quantile(distances, kAlpha / 2) * error;
  return std::isfinite(low) && std::isfinite(high)
             ? Interval{low, high, "bootstrap_t"}
             : no_interval();
}

std::vector<Estimate> estimate_means(
    const std::vector<std::vector<double>>& columns, uint64_t seed) {
  std::vector<Estimate> estimates;
  Columns drawn;
  for (const auto& column : columns) {
    if (is_resampled(column)) drawn.push_back(&column);
  }
  std::vector<std::vector<double>> means;
  for (size_t begin = 0; begin < drawn.size(); begin += kLanes) {
    const size_t end = std::min(begin + kLanes, drawn.size());
    for (auto& one : resampled_means(
             Columns(drawn.begin() + static_cast<std::ptrdiff_t>(begin),
                     drawn.begin() + static_cast<std::ptrdiff_t>(end)),
             seed)) {
      means.push_back(std::move(one));
    }
  }
  size_t next = 0;
  for (const auto& column : columns) {
    if (!is_resampled(column)) {
      estimates.push_back(estimate_mean(column, seed));
      continue;
    }
    const auto n = static_cast<int64_t>(column.size());
    const double mean = std::accumulate(column.begin(), column.end(), 0.0) /
                        static_cast<double>(n);
    estimates.push_back(
        {mean, n,
         percentile_interval("bootstrap_percentile", std::move(means[next++])),
         ""});
  }
  return estimates;
}

}  // namespace lethe
