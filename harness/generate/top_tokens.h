// The likeliest next tokens of rows of logits.
#pragma once

#include <cstdint>
#include <vector>

#include "harness/tensor/tensor.h"

namespace lethe {

struct TopTokens {
  Tensor logprobs;  // [R, k] float32, nats, best first
  Tensor ids;       // [R, k] int64

  // Row i becomes what row rows[i] was.
  TopTokens select(const std::vector<int64_t>& rows) const;
};

// Log of the sum of exponentials of each row of float32 logits [R, V], [R].
Tensor log_sums(const Tensor& logits);

// The `k` likeliest of every row of float32 logits [R, V], at most V; of equals
// the lower id. A log-prob is the logit less the row's log_sum [R]; of `banned`
// ids, and of rows whose log_sum is not finite, it is -inf.
TopTokens top_tokens(const Tensor& logits, const Tensor& log_sum, int64_t k,
                     const std::vector<int64_t>& banned);

}  // namespace lethe
