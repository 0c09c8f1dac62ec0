// Attention of each row's newest token, as decoding needs it, on the CPU.
#pragma once

#include <vector>

#include "harness/tensor/tensor.h"

namespace lethe {

// Whether attend_last_queries() takes tensors like this one: on the CPU, in a
// type with a kernel, without gradients to record.
bool last_query_fits(const Tensor& query);

// [R, heads, D] in the query's dtype, of query [R, heads, D] and keys and
// values [R, kv_heads, s, D] of its dtype: row r sees the keys [first[r], s).
// heads is a multiple of kv_heads. Sums and the softmax are float32. A row's
// result does not depend on the rows beside it or on the number of threads.
Tensor attend_last_queries(const Tensor& query, const Tensor& key,
                           const Tensor& value,
                           const std::vector<int64_t>& first, double scale);

}  // namespace lethe
