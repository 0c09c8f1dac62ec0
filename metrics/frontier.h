// How far two histograms are apart, along all their mixtures.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace lethe {

// Shares of a set that fall into each bucket; they sum to 1.
using Histogram = std::vector<double>;

// The shares of labels below `buckets`, after adding `more` to every bucket's
// count.
Histogram histogram(std::span<const uint32_t> labels, size_t buckets,
                    double more = 0);

struct CurveOptions {
  double scaling = 5;   // of the divergences, > 0
  int64_t points = 25;  // mixtures, >= 2
};

// {exp(-scaling KL(Q || R)), exp(-scaling KL(P || R))} of mixtures R = w P +
// (1 - w) Q, w ascending from 1e-6 to 1 - 1e-6, with (1, 0) before and (0, 1)
// behind. REQUIRES: both have as many buckets.
std::vector<std::pair<double, double>> divergence_curve(
    const Histogram& p, const Histogram& q, const CurveOptions& options);

// The area under the curve, in [0, 1]: the mean of both trapezoid sums, over
// the first and over the second coordinate.
double curve_area(std::vector<std::pair<double, double>> curve);

// Twice the mean over w in (0, 1) of w KL(P || R) + (1 - w) KL(Q || R), in
// [0, 1]; in closed form, a sum over buckets.
double frontier_integral(const Histogram& p, const Histogram& q);

}  // namespace lethe
