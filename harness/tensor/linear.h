// Products of activations with weights on the CPU, made for decoding: few rows
// of activations against weights that do not fit any cache.
//
// The library's products repack the weights at every call, which costs most of
// the time below some 64 rows, and know bfloat16 and float16 only where the
// processor does. These read the weights as they are stored, once, whatever the
// number of rows, and sum in float32. A row's result does not depend on the
// rows beside it, on their number or on the number of threads.
#pragma once

#include "harness/tensor/tensor.h"

namespace lethe {

// x W^T + bias, [.., N], in x's dtype, of x [.., K] and weight [N, K]; the bias
// [N] may be undefined. at::linear where gradients are recorded, on other
// devices, for many rows where the library is faster, and for weights whose
// rows are not contiguous.
Tensor times_weight(const Tensor& x, const Tensor& weight,
                    const Tensor& bias = {});

// The same in float32. Below float32 the sums are rounded to x's dtype only
// where at::linear does the work.
Tensor times_weight_float(const Tensor& x, const Tensor& weight,
                          const Tensor& bias = {});

// Whether products of this dtype and number of rows are made here.
bool few_rows(at::ScalarType dtype, int64_t rows);

}  // namespace lethe
