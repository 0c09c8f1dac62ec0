// How steep the loss of one text is in the weights.
#pragma once

#include <cstdint>
#include <vector>

#include "harness/model/model.h"
#include "harness/plugin/scoring.h"

namespace lethe {

struct Batch;

// One row whose scored tokens are supervised; empty when nothing is scored. An
// item longer than max_length (0: the model's window) is cut from the left as
// in scoring: one more token fits, which is predicted and not read.
Batch item_batch(const ScoreItem& item, const Model& model,
                 int64_t max_length = 0);

// The norm of the gradient of the mean negative log-likelihood (nats a token)
// of the item's scored tokens, in the compute dtype's gradients, summed in
// float32; NaN when nothing is scored. Items longer than max_length are cut as
// in item_batch. Takes the memory of one gradient of every weight; the model is
// as it was afterwards. Throws: runtime error when memory runs out.
double gradient_norm(const Model& model, const ScoreItem& item,
                     const GradientNormOptions& options,
                     int64_t max_length = 0);

}  // namespace lethe
