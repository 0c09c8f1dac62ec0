// Causal attention of ragged rows over themselves and a segment cache.
#pragma once

#include "harness/model/cache.h"
#include "harness/tensor/tensor.h"

namespace lethe {

struct AttentionInput {
  Tensor query;        // [N, heads, D]
  Tensor key;          // [N, kv_heads, D]
  Tensor value;        // [N, kv_heads, D]
  double scale;        // of the scores
  int64_t window = 0;  // tokens that a token sees, itself included; 0: all
  double softcap = 0;  // scores are c tanh(s / c); 0: off
};

// [N, heads * D]. `cache` may be null; with Keep::suffixes the new keys and
// values are already stored in it. Scores are softmaxed in float32. The result
// is the same with and without sharing, up to rounding.
Tensor attend(const Ragged& rows, const AttentionInput& input,
              const Cache* cache, int64_t layer);

}  // namespace lethe
