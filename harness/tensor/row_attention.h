// Attention of whole rows over themselves, as scoring needs it, on the CPU.
//
// The library's kernel takes rows of one length at a time, and below some
// hundred tokens its small products cost more than their numbers; here rows of
// all lengths are computed beside each other.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "harness/tensor/tensor.h"

namespace lethe {

struct RowAttentionInput {
  Tensor query;       // [N, heads, D]
  Tensor key, value;  // [N, kv_heads, D]; heads is a multiple of kv_heads
  double scale = 1;   // of the scores
  bool causal = true;
  int64_t window = 0;  // tokens that a token sees, itself included; 0: all
};

// Whether attend_rows() computes a row of so many tokens, and faster than the
// library: on the CPU, in a type with a kernel, without gradients to record.
bool row_attention_fits(const Tensor& query, int64_t tokens);

// Writes the attention of the rows [begin, end) of the N tokens to `to`
// [N, heads * D], contiguous, of the query's dtype; other tokens stay. Sums and
// the softmax are float32. A row's result does not depend on the rows beside it
// or on the number of threads.
void attend_rows(const RowAttentionInput& input,
                 const std::vector<std::pair<int64_t, int64_t>>& rows,
                 const Tensor& to);

}  // namespace lethe
