// The loops of clusters.h on Eigen, compiled once an instruction set.
//
// Eigen's functions differ with the instruction set but not in their names, of
// which the linker keeps one: the file that includes this one renames Eigen's
// namespace, which keeps them apart. For the same reason nothing here is a
// template of the standard library that is not inlined.
#define EIGEN_DONT_PARALLELIZE
#include <Eigen/Dense>
#include <algorithm>
#include <cstring>
#include <limits>

#include "metrics/clusters_kernels.h"

namespace lethe {
namespace {

using Eigen::Dynamic;
using Matrix = Eigen::Matrix<float, Dynamic, Dynamic>;
using Rows = Eigen::Matrix<float, Dynamic, Dynamic, Eigen::RowMajor>;
using Vector = Eigen::Matrix<float, Dynamic, 1>;
using Labels = Eigen::Matrix<uint32_t, Dynamic, 1>;
using Index = Eigen::Index;

// How many of the last of ascending variances make up `share` of their sum.
inline Index kept(const Vector& variances, double share) {
  double total = 0;
  for (const float variance : variances) total += std::max(variance, 0.0f);
  double sum = 0;
  Index count = 0;
  while (count < variances.size()) {
    sum += std::max(variances[variances.size() - 1 - count], 0.0f);
    ++count;
    if (sum >= share * total) break;
  }
  return count;
}

// Writes [points.rows, returned] coordinates. Of the two products of the points
// with themselves the smaller one is taken apart.
size_t project(const float* values, PointsShape shape, double share,
               float* coordinates) {
  const auto n = static_cast<Index>(shape.count);
  const auto d = static_cast<Index>(shape.dimensions);
  Rows points = Eigen::Map<const Rows>(values, n, d);
  const auto mean = (points.cast<double>().colwise().sum() / n).eval();
  points.rowwise() -= mean.cast<float>();
  const bool by_point = n < d;
  Matrix product = Matrix::Zero(by_point ? n : d, by_point ? n : d);
  if (by_point) {
    product.selfadjointView<Eigen::Lower>().rankUpdate(points);
  } else {
    product.selfadjointView<Eigen::Lower>().rankUpdate(points.transpose());
  }
  const Eigen::SelfAdjointEigenSolver<Matrix> solver(product);
  const Index count = kept(solver.eigenvalues(), share);
  Eigen::Map<Rows> out(coordinates, n, count);
  const auto directions =
      solver.eigenvectors().rightCols(count).rowwise().reverse();
  if (by_point) {
    const Vector lengths =
        solver.eigenvalues().tail(count).reverse().cwiseMax(0.0f).cwiseSqrt();
    out = directions * lengths.asDiagonal();
  } else {
    out.noalias() = points * Matrix(directions);
  }
  return static_cast<size_t>(count);
}

// One run of Lloyd's algorithm.
class Lloyd {
 public:
  explicit Lloyd(const LloydJob& job)
      : points_(job.points, static_cast<Index>(job.shape.count),
                static_cast<Index>(job.shape.dimensions)),
        labels_(job.labels),
        centres_(static_cast<Index>(job.clusters), points_.cols()),
        sizes_(Vector::Zero(centres_.rows())),
        half_norms_(centres_.rows()),
        distances_(points_.rows()),
        on_centre_(1e-10f * points_.rowwise().squaredNorm().maxCoeff()) {
    for (Index c = 0; c < centres_.rows(); ++c) {
      centres_.row(c) = points_.row(job.first[c]);
    }
    std::fill_n(labels_, points_.rows(), ~uint32_t{0});
  }

  double run(int64_t iterations) {
    while (iterations-- > 0 && assign()) move_centres();
    return inertia();
  }

 private:
  // Gives every point its nearest centre, of equally near ones the first; false
  // if none changed. A block of products stays in the cache.
  bool assign() {
    half_norms_ = centres_.rowwise().squaredNorm() / 2;
    bool changed = false;
    for (Index begin = 0; begin < points_.rows(); begin += kBlock) {
      const Index count = std::min(kBlock, points_.rows() - begin);
      products_.resize(count, centres_.rows());
      products_.noalias() =
          points_.middleRows(begin, count) * centres_.transpose();
      changed |= take_nearest(begin, count);
    }
    return changed;
  }

  bool take_nearest(Index begin, Index count) {
    float best[kBlock];
    uint32_t nearest[kBlock];
    std::fill_n(best, count, std::numeric_limits<float>::infinity());
    std::fill_n(nearest, count, 0u);
    for (Index c = 0; c < centres_.rows(); ++c) {
      const float half = half_norms_[c];
      const float* product = products_.col(c).data();
      for (Index i = 0; i < count; ++i) {
        const float distance = half - product[i];  // less a constant a point
        const bool nearer = distance < best[i];
        best[i] = nearer ? distance : best[i];
        nearest[i] = nearer ? static_cast<uint32_t>(c) : nearest[i];
      }
    }
    const bool changed =
        std::memcmp(nearest, labels_ + begin,
                    static_cast<size_t>(count) * sizeof(uint32_t)) != 0;
    std::copy_n(nearest, count, labels_ + begin);
    return changed;
  }

  void move_centres() {
    centres_.setZero();
    sizes_.setZero();
    for (Index i = 0; i < points_.rows(); ++i) {
      centres_.row(labels_[i]) += points_.row(i);
      sizes_[labels_[i]] += 1;
    }
    for (Index c = 0; c < centres_.rows(); ++c) {
      if (sizes_[c] > 0) centres_.row(c) /= sizes_[c];
    }
    if (sizes_.minCoeff() == 0) fill_empty();
  }

  void fill_empty() {
    for (Index i = 0; i < points_.rows(); ++i) {
      distances_[i] = (points_.row(i) - centres_.row(labels_[i])).squaredNorm();
    }
    for (Index c = 0; c < centres_.rows(); ++c) {
      if (sizes_[c] > 0) continue;
      Index farthest = 0;
      if (distances_.maxCoeff(&farthest) <= on_centre_) {
        // Nothing is nearer to it than to another.
        centres_.row(c).setConstant(std::numeric_limits<float>::quiet_NaN());
        continue;
      }
      centres_.row(c) = points_.row(farthest);
      distances_[farthest] = 0;
    }
  }

  double inertia() const {
    double sum = 0;
    for (Index i = 0; i < points_.rows(); ++i) {
      sum += (points_.row(i) - centres_.row(labels_[i])).squaredNorm();
    }
    return sum;
  }

  static constexpr Index kBlock = 256;

  const Eigen::Map<const Rows> points_;
  uint32_t* const labels_;
  Rows centres_;
  Vector sizes_;
  Vector half_norms_;
  Vector distances_;       // squared, to the centre of the point's cluster
  const float on_centre_;  // a squared distance that rounding explains
  Matrix products_;        // [kBlock, clusters]
};

double lloyd(const LloydJob& job) { return Lloyd(job).run(job.iterations); }

}  // namespace
}  // namespace lethe
