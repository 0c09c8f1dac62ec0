// Products of activations with weights on the CPU.
//
// The library's products turn the weights at every call, which costs most of
// the time below some 64 rows and a tenth above, and know bfloat16 and float16
// only where the processor does. For few rows, as in decoding, these read the
// weights as they are stored, once; for many they turn a part that fits a cache
// and pass all rows over it. They sum in float32. A row's result does not
// depend on the rows beside it or on the number of threads, and on the number
// of rows only by being below 65 or above.
#pragma once

#include "harness/tensor/tensor.h"

namespace lethe {

// x W^T + bias, [.., N], in x's dtype, of x [.., K] and weight [N, K]; the bias
// [N] may be undefined. at::linear where gradients are recorded, on other
// devices, for many rows where the library is faster, and for weights whose
// rows are not contiguous (for many rows: nor their columns).
Tensor times_weight(const Tensor& x, const Tensor& weight,
                    const Tensor& bias = {});

// The same in float32. Below float32 the sums are rounded to x's dtype only
// where at::linear does the work.
Tensor times_weight_float(const Tensor& x, const Tensor& weight,
                          const Tensor& bias = {});
// The same as it comes: float32 where our kernels make it, else in x's dtype,
// to which the library has rounded it.
Tensor times_weight_as_made(const Tensor& x, const Tensor& weight,
                            const Tensor& bias);

// y [M, K] = x [M, N] b [N, K], or added to y; y contiguous float32, x and b of
// any float type, b's rows contiguous. The same kernels for many rows; else the
// library's, in float32.
void multiply_matrix(const Tensor& y, const Tensor& x, const Tensor& b,
                     bool add);

// Whether products of this dtype and number of rows are made here.
bool made_here(at::ScalarType dtype, int64_t rows);

}  // namespace lethe
