#include "metrics/mauve_score.h"

#include <algorithm>
#include <cmath>

#include "metrics/clusters.h"
#include "metrics/frontier.h"

namespace lethe {
namespace {

void require_in(const char* option, double given, double least, double most) {
  if (given >= least && given <= most) return;
  fail_usage(fmt::format("mauve {}", option), fmt::format("is {}", given),
             fmt::format("give {} to {}", least, most));
}

// q's points, then p's, as the peer stacks them.
Points stacked(FeaturePair features) {
  Points all = std::move(features.q);
  all.count += features.p.count;
  all.values.insert(all.values.end(), features.p.values.begin(),
                    features.p.values.end());
  scale_to_unit(all);
  return all;
}

// Halves round to even, as Python's round does.
size_t bucket_count(const FeaturePair& features, int64_t wanted) {
  const size_t smaller = std::min(features.p.count, features.q.count);
  const size_t all = features.p.count + features.q.count;
  if (wanted == 0) {
    const double tenth = static_cast<double>(smaller) / 10;
    return static_cast<size_t>(std::max(2.0, std::nearbyint(tenth)));
  }
  if (static_cast<size_t>(wanted) > all) {
    fail_usage("mauve buckets", fmt::format("is {} for {} texts", wanted, all),
               "give fewer, or more texts");
  }
  return static_cast<size_t>(wanted);
}

}  // namespace

void check_mauve_options(const MauveOptions& options) {
  const auto check = [](const char* name, auto given, double least,
                        double most) {
    require_in(name, static_cast<double>(given), least, most);
  };
  check("buckets", options.buckets, 0, 1e6);
  check("explained_variance", options.explained_variance, 1e-6, 1 - 1e-6);
  check("restarts", options.restarts, 1, 1000);
  check("iterations", options.iterations, 1, 1e6);
  check("curve_points", options.curve_points, 2, 1e6);
  check("scaling", options.scaling, 1e-6, 1e6);
  check("seeds", options.seeds, 1, 1000);
  check("seed", options.seed, 0, 1e15);
}

MauveScores mauve_of_buckets(std::span<const uint32_t> p,
                             std::span<const uint32_t> q, size_t buckets,
                             const MauveOptions& options) {
  MauveScores found = {};
  for (const bool star : {false, true}) {
    const Histogram of_p = histogram(p, buckets, star ? 0.5 : 0);
    const Histogram of_q = histogram(q, buckets, star ? 0.5 : 0);
    found[star] = curve_area(
        divergence_curve(of_p, of_q, {options.scaling, options.curve_points}));
    found[2 + star] = frontier_integral(of_p, of_q);
  }
  return found;
}

std::vector<MauveScores> mauve_scores(FeaturePair features,
                                      const MauveOptions& options) {
  const size_t q_count = features.q.count;
  const size_t buckets = bucket_count(features, options.buckets);
  const Points points = principal_components(stacked(std::move(features)),
                                             options.explained_variance);
  std::vector<MauveScores> scores;
  for (int64_t i = 0; i < options.seeds; ++i) {
    const Clusters clusters =
        k_means(points, {buckets, options.restarts, options.iterations,
                         static_cast<uint64_t>(options.seed + i)});
    const std::span<const uint32_t> labels(clusters.labels);
    scores.push_back(mauve_of_buckets(labels.subspan(q_count),
                                      labels.first(q_count), buckets, options));
  }
  return scores;
}

}  // namespace lethe
