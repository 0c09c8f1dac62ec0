// The library's names of what kernels read. Not for the kernels' own files.
#pragma once

#include <c10/core/ScalarType.h>

#include "harness/tensor/kernels.h"

namespace lethe {

// Of float32, bfloat16 and float16.
inline WeightType weight_type(at::ScalarType dtype) {
  return dtype == at::kFloat      ? WeightType::float32
         : dtype == at::kBFloat16 ? WeightType::bfloat16
                                  : WeightType::float16;
}

}  // namespace lethe
