#include "metrics/clusters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "harness/base/rng.h"
#include "metrics/clusters_kernels.h"

namespace lethe {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::FloatNear;

Points points(size_t dimensions, std::vector<float> values) {
  return {values.size() / dimensions, dimensions, std::move(values)};
}

Points noise(size_t count, size_t dimensions) {
  Rng stream(1, "clusters_test");
  Points found{count, dimensions, {}};
  for (size_t i = 0; i < count * dimensions; ++i) {
    found.values.push_back(static_cast<float>(stream.normal()));
  }
  return found;
}

double squared_distance(const Points& a, size_t i, size_t j) {
  double sum = 0;
  for (size_t d = 0; d < a.dimensions; ++d) {
    const double difference =
        a.values[i * a.dimensions + d] - double{a.values[j * a.dimensions + d]};
    sum += difference * difference;
  }
  return sum;
}

TEST(ScaleToUnit, LeavesZeroWhereItIs) {
  Points two = points(2, {3, 4, 0, 0});
  scale_to_unit(two);
  EXPECT_THAT(two.values, ElementsAre(0.6f, 0.8f, 0, 0));
}

// Variances 8 and 2 along the diagonals: 0.8 of all lies in the first.
TEST(PrincipalComponents, KeepsTheFewestWithTheShare) {
  const Points cross = points(2, {2, 2, -2, -2, 1, -1, -1, 1});
  const Points one = principal_components(cross, 0.79);
  EXPECT_EQ(one.dimensions, 1);
  EXPECT_NEAR(std::abs(one.values[0]), std::sqrt(8), 1e-6);
  EXPECT_NEAR(one.values[0], -one.values[1], 1e-6);
  EXPECT_NEAR(one.values[2], 0, 1e-6);
  EXPECT_EQ(principal_components(cross, 0.81).dimensions, 2);
}

TEST(PrincipalComponents, KeepsDistancesWhetherPointsOrDimensionsAreMore) {
  for (const auto& [count, dimensions] :
       {std::pair<size_t, size_t>{40, 7}, {7, 40}, {12, 12}}) {
    const Points all = noise(count, dimensions);
    const Points kept = principal_components(all, 1 - 1e-9);
    EXPECT_LE(kept.dimensions, std::min(count, dimensions));
    for (size_t i = 1; i < count; ++i) {
      EXPECT_NEAR(squared_distance(kept, 0, i), squared_distance(all, 0, i),
                  2e-4);
    }
  }
}

TEST(PrincipalComponents, OfEqualPointsOneCoordinateStays) {
  const Points same = points(3, {1, 2, 3, 1, 2, 3});
  const Points kept = principal_components(same, 0.9);
  EXPECT_EQ(kept.dimensions, 1);
  EXPECT_THAT(kept.values, Each(FloatNear(0, 1e-6f)));
}

TEST(KMeans, FindsGroupsThatLieApart) {
  const Points line = points(1, {0, 10, 0.5f, 10.5f, 20, 0.25f});
  const Clusters found = k_means(line, {.clusters = 3, .restarts = 20});
  const auto& label = found.labels;
  EXPECT_EQ(label[0], label[2]);
  EXPECT_EQ(label[0], label[5]);
  EXPECT_EQ(label[1], label[3]);
  EXPECT_EQ(std::set<uint32_t>(label.begin(), label.end()).size(), 3);
  EXPECT_NEAR(found.inertia, 0.25, 1e-5);  // 0.125 of each group
}

TEST(KMeans, GivesEveryPointOfAsManyClustersItsOwn) {
  const Points five = noise(5, 3);
  const Clusters found = k_means(five, {.clusters = 5});
  EXPECT_EQ(std::set<uint32_t>(found.labels.begin(), found.labels.end()).size(),
            5);
  EXPECT_NEAR(found.inertia, 0, 1e-10);
}

TEST(KMeans, LeavesClustersEmptyWhereTooFewPointsDiffer) {
  std::vector<float> values(60, 0.1f);
  std::fill(values.begin() + 40, values.end(), 0.7f);
  const Clusters found = k_means(points(2, values), {.clusters = 6});
  EXPECT_EQ(std::set<uint32_t>(found.labels.begin(), found.labels.end()).size(),
            2);
  EXPECT_NEAR(found.inertia, 0, 1e-9);
}

TEST(KMeans, GivesEachPointItsNearestCentre) {
  const Points cloud = noise(300, 4);
  const Clusters found = k_means(cloud, {.clusters = 12});
  std::vector<std::vector<double>> centres(12, std::vector<double>(5));
  for (size_t i = 0; i < cloud.count; ++i) {
    auto& centre = centres[found.labels[i]];
    for (size_t d = 0; d < 4; ++d) centre[d] += cloud.values[4 * i + d];
    ++centre[4];
  }
  double inertia = 0;
  for (size_t i = 0; i < cloud.count; ++i) {
    std::vector<double> distances;
    for (const auto& centre : centres) {
      double sum = 0;
      for (size_t d = 0; d < 4; ++d) {
        sum += std::pow(cloud.values[4 * i + d] - centre[d] / centre[4], 2);
      }
      distances.push_back(sum);
    }
    const double nearest =
        *std::min_element(distances.begin(), distances.end());
    EXPECT_NEAR(distances[found.labels[i]], nearest, 1e-5);
    inertia += nearest;
  }
  EXPECT_NEAR(found.inertia, inertia, 1e-3);
}

TEST(KMeans, RepeatsWithTheSeedAndDiffersWithoutIt) {
  const Points cloud = noise(200, 3);
  const auto labels = [&](uint64_t seed) {
    return k_means(cloud, {.clusters = 20, .restarts = 1, .seed = seed}).labels;
  };
  EXPECT_EQ(labels(3), labels(3));
  EXPECT_NE(labels(3), labels(4));
}

// Whatever this processor has, the plain loops find the same.
TEST(ClusterKernels, AgreeWithThePlainOnes) {
  const Points cloud = noise(100, 9);
  std::vector<float> coordinates(900);
  const size_t kept = cluster_kernels_plain().project(
      cloud.values.data(), {100, 9}, 0.9, coordinates.data());
  const Points best = principal_components(cloud, 0.9);
  ASSERT_EQ(best.dimensions, kept);
  for (size_t i = 1; i < 100; ++i) {
    const Points plain{100, kept, coordinates};
    EXPECT_NEAR(squared_distance(plain, 0, i), squared_distance(best, 0, i),
                1e-3);
  }
}

}  // namespace
}  // namespace lethe
