// Attention of ragged rows over themselves and a segment cache.
#pragma once

#include <functional>

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
  // False: tokens see their whole row; then no cache, window or softcap.
  bool causal = true;
  // Added to the scores, [R, heads, T, T], of R rows of one length with these
  // queries and keys [R, heads, T, D]. Only where `causal` is false.
  std::function<Tensor(const Tensor& query, const Tensor& key)> bias = {};
};

// [N, heads * D]. `cache` may be null; with Keep::suffixes the new keys and
// values are already stored in it. Scores are softmaxed in float32. The result
// is the same with and without sharing, up to rounding.
Tensor attend(const Ragged& rows, const AttentionInput& input,
              const Cache* cache, int64_t layer);

}  // namespace lethe
