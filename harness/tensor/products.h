// The products of a backward pass. Below float32 they sum in float32, also
// where the processor has no instructions for the type.
#pragma once

#include "harness/tensor/tensor.h"

namespace lethe {

// out [M, K] = a [M, N] b [N, K], in out's dtype; a in any float type, b's rows
// contiguous, or its columns.
void product_into(const Tensor& out, const Tensor& a, const Tensor& b);

// out [N, K] += a^T b of a [M, N] and b [M, K], rounded once to out's dtype.
// `first`: out is overwritten.
void add_transposed_product(const Tensor& out, const Tensor& a, const Tensor& b,
                            bool first = false);

// x W^T + bias of x [M, K], weight [N, K], with gradients by the two products
// above where they are faster than the library's.
Tensor linear_with_gradients(const Tensor& x, const Tensor& weight,
                             const Tensor& bias);

}  // namespace lethe
