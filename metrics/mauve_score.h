// The values of MAUVE from features, for several seeds of k-means.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "harness/base/json.h"
#include "metrics/feature_file.h"

namespace lethe {

struct MauveOptions {
  std::string model;                // a folder, or org/name, that reads texts
  std::string features;             // safetensors: p, q [N, D] float32
  int64_t buckets = 0;              // 0: a tenth of the smaller set, 2 at least
  double explained_variance = 0.9;  // that the components kept have
  int64_t restarts = 5;             // of k-means, the tightest counts
  int64_t iterations = 500;         // of k-means at most
  int64_t curve_points = 25;        // mixtures
  double scaling = 5;               // c
  int64_t seeds = 3;                // of k-means: seed, seed + 1, ..
  int64_t seed = 25;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(MauveOptions, model, features,
                                                buckets, explained_variance,
                                                restarts, iterations,
                                                curve_points, scaling, seeds,
                                                seed)

// Throws: usage error with the option that is out of range.
void check_mauve_options(const MauveOptions& options);

// mauve, mauve_star, frontier_integral, frontier_integral_star.
using MauveScores = std::array<double, 4>;

// The scores of two sets of texts whose buckets are given, [N] and [M], below
// `buckets`.
MauveScores mauve_of_buckets(std::span<const uint32_t> p,
                             std::span<const uint32_t> q, size_t buckets,
                             const MauveOptions& options);

// The scores of each seed. `features` are used up.
// Throws: usage error when there are more buckets than texts.
std::vector<MauveScores> mauve_scores(FeaturePair features,
                                      const MauveOptions& options);

}  // namespace lethe
