// Exponentials on the CPU, faster than the library has them: facts about rows
// of logits in one pass over them, and gelu.
#pragma once

#include "harness/tensor/tensor.h"

namespace lethe {

struct RowSummary {
  Tensor log_sum;  // [M] float32, log of the sum of exponentials, nats
  Tensor argmax;   // [M] int64, the lowest of equals
};

// Of every row of logits [M, V] of any float type, summed in float32. A row
// that is not finite has a log_sum that is not finite.
RowSummary summarise_rows(const Tensor& logits);

// logits [M, V] become slope exp(logits - log_sum), of log_sum and slope [M]
// float32.
void scale_exponentials(const Tensor& logits, const Tensor& log_sum,
                        const Tensor& slope);

// gelu of x by tanh, as at::gelu(x, "tanh") to 1e-6 of |x|.
Tensor gelu_tanh(const Tensor& x);

}  // namespace lethe
