// Losses of training, without a block of [tokens, vocabulary].
#pragma once

#include "harness/model/model.h"
#include "harness/train/batch.h"

namespace lethe {

// -log p of every supervised token, [M] float32, nats. Chunks of the vocabulary
// product are computed again in the backward pass instead of being kept.
Tensor token_nll(const Model& model, const Batch& batch);

// Sum of token_nll / batch.step_tokens: the mean over the supervised tokens of
// the whole step. Scalar, nats a token.
Tensor mean_nll(const Model& model, const Batch& batch);

// Cross-entropy to the model's own prediction without the supervised token, of
// each, [M] float32, nats:
//   -sum_j q_j log p_j, q_j = p_j / (1 - p_y) for j != y, 0 for the token y
// q records no gradient.
Tensor token_cross_entropy_to_others(const Model& model, const Batch& batch);

// Sum of log p over the supervised tokens of each row, [B] float32, nats.
Tensor sequence_logprobs(const Model& model, const Batch& batch);

// KL(original || model) over the vocabulary, summed over the supervised tokens
// and divided by batch.step_tokens. `original` records no gradient.
Tensor mean_kl(const Model& model, const Model& original, const Batch& batch);

}  // namespace lethe
