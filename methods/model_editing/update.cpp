#include "methods/model_editing/update.h"

#include "harness/base/error.h"
#include "harness/tensor/ops.h"

namespace lethe {

Tensor with_ridge(const Tensor& moment, double ridge) {
  Tensor all = moment.to(at::kDouble, /*non_blocking=*/false, /*copy=*/true);
  const double mean = all.diagonal().mean().item<double>();
  all.diagonal().add_(ridge * mean);
  return all;
}

Tensor cholesky_factor(const Tensor& matrix) {
  const auto [factor, info] = at::linalg_cholesky_ex(matrix);
  if (info.item<int64_t>() != 0 ||
      !at::isfinite(factor.diagonal()).all().item<bool>()) {
    fail_runtime("model editing",
                 "the second moment of the keys is not positive definite",
                 "give more retain texts, or raise ridge");
  }
  return factor;
}

Tensor rome_update(const Tensor& residual, const Tensor& key,
                   const Tensor& factor) {
  const Tensor k = key.to(at::kDouble).unsqueeze(1);
  const Tensor direction = at::cholesky_solve(k, factor);  // C^-1 k, [I, 1]
  const Tensor along = k.t().matmul(direction);            // k^T C^-1 k, [1, 1]
  return residual.to(at::kDouble).unsqueeze(1).matmul((direction / along).t());
}

Tensor memit_update(const Tensor& residuals, const Tensor& keys,
                    const Tensor& weighted) {
  const Tensor k = keys.to(at::kDouble);
  const Tensor factor = cholesky_factor(at::addmm(weighted, k, k.t()));
  return residuals.to(at::kDouble).matmul(at::cholesky_solve(k, factor).t());
}

}  // namespace lethe
