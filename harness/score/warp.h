// What sampling does to logits before it draws.
#pragma once

#include "harness/plugin/generation.h"
#include "harness/tensor/tensor.h"

namespace lethe {

// Throws: usage error for a temperature that is not above 0, a negative top_k,
// or top_p outside (0, 1].
void check_warping(const GenerateOptions& options);

// Logits [B, V] divided by the temperature, then all but the top k, then all
// but the most likely tokens that together have probability top_p, as -inf; in
// this order, ties kept, as transformers 5.23.0 does (TemperatureLogitsWarper,
// TopKLogitsWarper, TopPLogitsWarper). Throws: as check_warping().
Tensor warp(const Tensor& logits, const GenerateOptions& options);

}  // namespace lethe
