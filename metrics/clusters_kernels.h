// What clusters_kernel.h gives, one set of functions an instruction set.
#pragma once

#include <cstddef>
#include <cstdint>

namespace lethe {

struct PointsShape {
  size_t count;
  size_t dimensions;
};

struct LloydJob {
  const float* points;  // [count, dimensions]
  PointsShape shape;
  size_t clusters;
  const uint32_t* first;  // [clusters] points that are the first centres
  int64_t iterations;     // at most
  uint32_t* labels;       // [count] written
};

struct ClusterKernels {
  // The coordinates of principal_components into `coordinates`, which has room
  // for min(count, dimensions) a point; returns how many a point there are.
  size_t (*project)(const float* points, PointsShape shape, double share,
                    float* coordinates) = nullptr;
  // Writes the labels and returns the inertia.
  double (*lloyd)(const LloydJob& job) = nullptr;
};

ClusterKernels cluster_kernels_plain();
ClusterKernels cluster_kernels_avx2();
ClusterKernels cluster_kernels_avx512();

}  // namespace lethe
