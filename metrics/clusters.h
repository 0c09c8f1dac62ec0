// Points, their principal components and their clusters, on Eigen.
//
// Sums are float32. The loops are compiled for several instruction sets and the
// processor's best is taken, so the last digits of coordinates, and with them
// the cluster of a point that lies between two, can differ between processors;
// on one processor they are repeatable.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace lethe {

// `count` points of `dimensions` coordinates, one point after the other.
struct Points {
  size_t count = 0;
  size_t dimensions = 0;
  std::vector<float> values;  // [count * dimensions], all finite
};

// Scales every point to length 1; one at 0 stays there.
void scale_to_unit(Points& points);

// The points less their mean, in the directions of most variance: the fewest
// whose share of the variance is at least `share`, in (0, 1); at least one. Of
// equal points one coordinate stays, which is 0.
// O(N D min(N, D)) time, memory of the smaller of N^2 and D^2 more.
// REQUIRES: at least one point of at least one dimension.
Points principal_components(const Points& points, double share);

struct KMeansOptions {
  size_t clusters = 2;       // at most as many as points
  int64_t restarts = 5;      // from other points; the tightest clusters count
  int64_t iterations = 500;  // at most, a restart
  uint64_t seed = 0;         // of the points that a restart begins with
};

struct Clusters {
  std::vector<uint32_t> labels;  // [count], below KMeansOptions::clusters
  double inertia = 0;            // squared distances to the centres, summed
};

// Lloyd's k-means from random points as first centres, until no point changes
// its cluster. A cluster that loses all points takes the point farthest from
// its own centre, unless that lies on it: equal points leave clusters empty.
// Restarts share the processors. The same seed gives the same clusters.
// O(restarts iterations N D clusters) time.
Clusters k_means(const Points& points, const KMeansOptions& options);

}  // namespace lethe
