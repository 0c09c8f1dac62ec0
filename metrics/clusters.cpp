#include "metrics/clusters.h"

#include <algorithm>
#include <atomic>
#include <cassert>
#include <cmath>
#include <exception>
#include <thread>

#include "harness/base/rng.h"
#include "metrics/clusters_kernels.h"

namespace lethe {
namespace {

ClusterKernels find_kernels() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq")) {
    return cluster_kernels_avx512();
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    return cluster_kernels_avx2();
  }
#endif
  return cluster_kernels_plain();
}

const ClusterKernels& kernels() {
  static const ClusterKernels found = find_kernels();
  return found;
}

// The first `clusters` of the points in random order, one list a restart.
std::vector<std::vector<uint32_t>> first_centres(size_t points,
                                                 const KMeansOptions& options) {
  Rng stream(options.seed, "k_means");
  std::vector<std::vector<uint32_t>> all;
  for (int64_t i = 0; i < options.restarts; ++i) {
    const auto order = stream.permutation(static_cast<int64_t>(points));
    all.emplace_back(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(
                                                        options.clusters));
  }
  return all;
}

// Calls run(i) for i below `count`, on all processors.
template <class Run>
void share_out(size_t count, const Run& run) {
  std::atomic<size_t> next = 0;
  std::exception_ptr failure;
  std::atomic<bool> failed = false;
  const auto work = [&] {
    try {
      for (size_t i = next++; i < count; i = next++) run(i);
    } catch (...) {
      if (!failed.exchange(true)) failure = std::current_exception();
    }
  };
  const size_t threads = std::min<size_t>(
      count, std::max(1u, std::thread::hardware_concurrency()));
  std::vector<std::jthread> others;
  for (size_t i = 1; i < threads; ++i) others.emplace_back(work);
  work();
  others.clear();  // joins
  if (failure) std::rethrow_exception(failure);
}

}  // namespace

void scale_to_unit(Points& points) {
  for (size_t i = 0; i < points.count; ++i) {
    float* point = points.values.data() + i * points.dimensions;
    double squares = 0;
    for (size_t j = 0; j < points.dimensions; ++j) {
      squares += static_cast<double>(point[j]) * point[j];
    }
    if (squares == 0) continue;
    const double length = std::sqrt(squares);
    for (size_t j = 0; j < points.dimensions; ++j) {
      point[j] = static_cast<float>(point[j] / length);
    }
  }
}

Points principal_components(const Points& points, double share) {
  assert(points.count > 0 && points.dimensions > 0);
  Points found;
  found.count = points.count;
  found.values.resize(points.count * std::min(points.count, points.dimensions));
  found.dimensions =
      kernels().project(points.values.data(), {points.count, points.dimensions},
                        share, found.values.data());
  found.values.resize(points.count * found.dimensions);
  return found;
}

Clusters k_means(const Points& points, const KMeansOptions& options) {
  assert(options.clusters <= points.count && options.restarts > 0);
  const auto first = first_centres(points.count, options);
  std::vector<Clusters> runs(first.size());
  share_out(runs.size(), [&](size_t i) {
    runs[i].labels.resize(points.count);
    runs[i].inertia = kernels().lloyd({points.values.data(),
                                       {points.count, points.dimensions},
                                       options.clusters,
                                       first[i].data(),
                                       options.iterations,
                                       runs[i].labels.data()});
  });
  return *std::min_element(runs.begin(), runs.end(),
                           [](const Clusters& a, const Clusters& b) {
                             return a.inertia < b.inertia;
                           });
}

}  // namespace lethe
