// The products of a backward pass. Below float32 they sum in float32, also
// where the processor has no instructions for the type: there a block of the
// weight at a time is widened.
#pragma once

#include "harness/tensor/tensor.h"

namespace lethe {

// out [M, K] = a [M, N] b [N, K], in out's dtype; a in any float type.
void product_into(const Tensor& out, const Tensor& a, const Tensor& b);

// out [N, K] += a^T b of a [M, N] and b [M, K], rounded once to out's dtype.
void add_transposed_product(const Tensor& out, const Tensor& a,
                            const Tensor& b);

// x W^T + bias of x [M, K], weight [N, K], with gradients by the two products
// above. Where nothing records gradients: times_weight.
Tensor linear_with_gradients(const Tensor& x, const Tensor& weight,
                             const Tensor& bias);

}  // namespace lethe
