// The weights that model editing computes: how a matrix W [H, I] that maps keys
// [I] to values [H] is changed so that some keys have new values and the others
// change least.
//
// C = E[k k^T] [I, I] is the second moment of the keys that are to stay. What a
// change D does to them is |D C^1/2|^2, which both minimise. All in float64,
// solved by Cholesky in O(I^3): two [I, I] matrices at a time (MEMIT: three),
// 3.3 GB (4.9) of an 8B model (I = 14336), and 0.8 for its C of float32 before.
#pragma once

#include "harness/tensor/tensor.h"

namespace lethe {

// The moment with `ridge` times its mean diagonal on its diagonal, float64.
// Moments of fewer tokens than I are singular without.
Tensor with_ridge(const Tensor& moment, double ridge);

// L [I, I] of L L^T = `matrix`. Throws: runtime error unless the matrix is
// positive definite and finite.
Tensor cholesky_factor(const Tensor& matrix);

// ROME: r (C^-1 k)^T / (k^T C^-1 k) [H, I] float64, so that (W + D) k = W k + r
// and keys q with q^T C^-1 k = 0 keep their values. residual r [H], key k [I],
// `factor` of C.
// Paper: Meng et al. 2022, arXiv:2202.05262, equation 2.
Tensor rome_update(const Tensor& residual, const Tensor& key,
                   const Tensor& factor);

// MEMIT: R K^T (weighted + K K^T)^-1 [H, I] float64, the least squares of all
// facts at once: D (weighted + K K^T) = R K^T. residuals R [H, F], keys K
// [I, F], weighted = lambda C.
// Paper: Meng et al. 2023, arXiv:2210.07229, equation 14.
Tensor memit_update(const Tensor& residuals, const Tensor& keys,
                    const Tensor& weighted);

}  // namespace lethe
