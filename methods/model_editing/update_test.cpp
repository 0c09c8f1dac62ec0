// The changes of weights, worked out by hand and against what defines them.
#include "methods/model_editing/update.h"

#include <gtest/gtest.h>

#include "harness/base/error.h"
#include "harness/base/rng.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

Tensor some(const std::string& name, int64_t rows, int64_t columns) {
  Rng rng(4, name);
  std::vector<double> values;
  for (int64_t i = 0; i < rows * columns; ++i) values.push_back(rng.normal());
  return at::tensor(values, at::kDouble).view({rows, columns});
}

double largest(const Tensor& difference) {
  return difference.abs().max().item<double>();
}

// [I, I] of 40 keys.
Tensor some_moment(int64_t size) {
  const Tensor keys = some("moment", 40, size);
  return keys.t().matmul(keys) / 40;
}

// C = diag(2, 4), k = (2, 4): C^-1 k = (1, 1), k^T C^-1 k = 6.
TEST(RomeUpdate, IsTheOneWorkedOutByHand) {
  const Tensor c = at::tensor({2.0, 0.0, 0.0, 4.0}, at::kDouble).view({2, 2});
  const Tensor d = rome_update(at::tensor({6.0, 12.0}), at::tensor({2.0, 4.0}),
                               cholesky_factor(c));
  const Tensor wanted =
      at::tensor({1.0, 1.0, 2.0, 2.0}, at::kDouble).view({2, 2});
  EXPECT_LT(largest(d - wanted), 1e-12);
  // (1, -1) is orthogonal to k under C^-1: its value stays.
  EXPECT_LT(largest(d.mv(at::tensor({1.0, -1.0}, at::kDouble))), 1e-12);
}

TEST(RomeUpdate, GivesTheKeyItsValueAndLeavesOrthogonalKeys) {
  const Tensor w = some("w", 5, 9), c = some_moment(9);
  const Tensor k = some("k", 9, 1).squeeze(1), v = some("v", 5, 1).squeeze(1);
  const Tensor factor = cholesky_factor(c);
  const Tensor after = w + rome_update(v - w.mv(k), k, factor);
  EXPECT_LT(largest(after.mv(k) - v), 1e-5);
  const Tensor direction = at::cholesky_solve(k.unsqueeze(1), factor);
  Tensor q = some("q", 9, 1).squeeze(1);
  EXPECT_GT(largest((after - w).mv(q)), 0.01);
  q = q - k * (q.dot(direction.squeeze(1)) / k.dot(direction.squeeze(1)));
  EXPECT_LT(largest((after - w).mv(q)), 1e-10);
  // Of rank one, and of all such changes the one that moves other keys least.
  EXPECT_EQ(at::linalg_matrix_rank(after - w).item<int64_t>(), 1);
  const auto moved = [&](const Tensor& d) {
    return d.matmul(c).mul(d).sum().item<double>();
  };
  const Tensor plain = (v - w.mv(k)).outer(k) / k.dot(k);
  EXPECT_LT(moved(after - w), moved(plain) * 0.999);
}

// I = 1: k = 2, r = 3, lambda C = 4: 3 * 2 / (4 + 4).
TEST(MemitUpdate, IsTheOneWorkedOutByHand) {
  const Tensor d = memit_update(at::full({1, 1}, 3.0), at::full({1, 1}, 2.0),
                                at::full({1, 1}, 4.0, at::kDouble));
  EXPECT_NEAR(d.item<double>(), 0.75, 1e-12);
}

TEST(MemitUpdate, SolvesTheNormalEquations) {
  const Tensor keys = some("keys", 9, 4), r = some("r", 5, 4);
  const Tensor weighted = some_moment(9) * 7;
  const Tensor d = memit_update(r, keys, weighted);
  EXPECT_LT(
      largest(d.matmul(weighted + keys.matmul(keys.t())) - r.matmul(keys.t())),
      1e-10);
  // Without weight on the other keys all facts get their values.
  const Tensor exact = memit_update(r, keys, weighted * 1e-9);
  EXPECT_LT(largest(exact.matmul(keys) - r), 1e-5);
  EXPECT_GT(largest(d.matmul(keys) - r), 0.1);
}

// One fact: ROME's change times s / (1 + s), s = k^T (lambda C)^-1 k.
TEST(MemitUpdate, IsRomesChangeDampenedForOneFact) {
  const Tensor k = some("keys", 9, 1), r = some("r", 5, 1);
  const Tensor weighted = some_moment(9) * 3;
  const Tensor factor = cholesky_factor(weighted);
  const double s = k.t().matmul(at::cholesky_solve(k, factor)).item<double>();
  const Tensor rome = rome_update(r.squeeze(1), k.squeeze(1), factor);
  EXPECT_LT(largest(memit_update(r, k, weighted) - rome * (s / (1 + s))),
            1e-10);
}

TEST(Ridge, IsAShareOfTheMeanDiagonal) {
  const Tensor c = at::tensor({1.0, 0.5, 0.5, 3.0}).view({2, 2});
  const Tensor wanted =
      at::tensor({1.2, 0.5, 0.5, 3.2}, at::kDouble).view({2, 2});
  EXPECT_LT(largest(with_ridge(c, 0.1) - wanted), 1e-6);
  EXPECT_EQ(c[0][0].item<float>(), 1.0F) << "the moment itself was changed";
}

TEST(Ridge, MakesAMomentOfFewTokensSolvable) {
  const Tensor keys = some("few", 3, 9);
  const Tensor c = keys.t().matmul(keys);
  EXPECT_THROW(cholesky_factor(c * at::tensor({-1.0}, at::kDouble)), Error);
  EXPECT_NO_THROW(cholesky_factor(with_ridge(c, 1e-3)));
}

}  // namespace
}  // namespace lethe
