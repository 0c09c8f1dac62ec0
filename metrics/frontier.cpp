#include "metrics/frontier.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

namespace lethe {
namespace {

constexpr double kEnd = 1e-6;  // the mixtures nearest to P and Q

// KL(p || mixture), nats; never below 0, which rounding could give.
double divergence(const Histogram& p, const Histogram& mixture) {
  double sum = 0;
  for (size_t i = 0; i < p.size(); ++i) {
    if (p[i] == 0) continue;
    if (mixture[i] == 0) return std::numeric_limits<double>::infinity();
    sum += p[i] * std::log(p[i] / mixture[i]);
  }
  return std::max(sum, 0.0);
}

// The curve falls: of points with one first coordinate the higher comes first.
// (numpy's sort, the peer's, leaves their order open: equal histograms can have
// an area of 1/2 there.)
double area_over_first(std::vector<std::pair<double, double>>& curve) {
  std::sort(curve.begin(), curve.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first < b.first : a.second > b.second;
  });
  double area = 0;
  for (size_t i = 1; i < curve.size(); ++i) {
    area += (curve[i].first - curve[i - 1].first) *
            (curve[i].second + curve[i - 1].second) / 2;
  }
  return area;
}

}  // namespace

Histogram histogram(std::span<const uint32_t> labels, size_t buckets,
                    double more) {
  Histogram shares(buckets, more);
  for (const uint32_t label : labels) ++shares[label];
  const double total =
      static_cast<double>(labels.size()) + more * static_cast<double>(buckets);
  for (double& share : shares) share /= total;
  return shares;
}

std::vector<std::pair<double, double>> divergence_curve(
    const Histogram& p, const Histogram& q, const CurveOptions& options) {
  assert(p.size() == q.size() && options.points >= 2);
  std::vector<std::pair<double, double>> curve = {{1, 0}};
  Histogram mixture(p.size());
  for (int64_t step = 0; step < options.points; ++step) {
    const double w = kEnd + (1 - 2 * kEnd) * static_cast<double>(step) /
                                static_cast<double>(options.points - 1);
    for (size_t i = 0; i < p.size(); ++i) {
      mixture[i] = w * p[i] + (1 - w) * q[i];
    }
    curve.emplace_back(std::exp(-options.scaling * divergence(q, mixture)),
                       std::exp(-options.scaling * divergence(p, mixture)));
  }
  curve.emplace_back(0, 1);
  return curve;
}

double curve_area(std::vector<std::pair<double, double>> curve) {
  const double over_first = area_over_first(curve);
  for (auto& [first, second] : curve) std::swap(first, second);
  return (over_first + area_over_first(curve)) / 2;
}

// 2 sum of (p + q) / 4 - p q (ln p - ln q) / (2 (p - q)); a bucket with equal
// shares adds nothing.
double frontier_integral(const Histogram& p, const Histogram& q) {
  double sum = 0;
  for (size_t i = 0; i < p.size(); ++i) {
    if (p[i] == 0 || q[i] == 0) {
      sum += (p[i] + q[i]) / 4;
    } else if (std::abs(p[i] - q[i]) > 1e-8) {
      sum += (p[i] + q[i]) / 4 -
             p[i] * q[i] * std::log(p[i] / q[i]) / (2 * (p[i] - q[i]));
    }
  }
  return 2 * sum;
}

}  // namespace lethe
