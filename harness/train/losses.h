// Losses of training, without a block of [tokens, vocabulary].
#pragma once

#include <functional>

#include "harness/model/model.h"
#include "harness/train/batch.h"
#include "harness/train/head_loss.h"

namespace lethe {

// Negative log-likelihoods of the supervised tokens of some whole rows.
struct RowNlls {
  Tensor nll;             // [m] float32, nats
  Tensor row;             // [m] int64, of each token, counted from first_row
  int64_t first_row = 0;  // of the batch
  int64_t rows = 0;

  Tensor sums() const;    // [rows] float32, nats
  Tensor counts() const;  // [rows] float32, supervised tokens
};

// The sum of `loss` over groups of rows, a scalar; for losses in which no row
// depends on another. A row's gradients are formed while its logits are there.
Tensor row_loss(const Model& model, const Batch& batch,
                const std::function<Tensor(const RowNlls&)>& loss);

// The same for losses in which no token depends on another: `loss` gets the
// -log p [m] float32, nats, of the supervised tokens of a range.
Tensor token_loss(
    const Model& model, const Batch& batch,
    const std::function<Tensor(const Tensor& nll, const TokenRange&)>& loss);

// The same for losses of logits [m, V] float32 before the supervised tokens
// `targets` [m]. `loss` is differentiated by itself: its own intermediate
// results of one range are kept.
Tensor logits_loss(
    const Model& model, const Batch& batch,
    const std::function<Tensor(const Tensor& logits, const Tensor& targets,
                               const TokenRange&)>& loss);

// -log p of every supervised token, [M] float32, nats, for losses in which rows
// depend on each other (pairs of answers). Chunks of the vocabulary product are
// computed again in the backward pass instead of being kept.
Tensor token_nll(const Model& model, const Batch& batch);

// Sum of log p over the supervised tokens of each row, [B] float32, nats; as
// token_nll.
Tensor sequence_logprobs(const Model& model, const Batch& batch);

// The sum of -log p of `targets` [M] behind states [M, H], scalar float32,
// nats.
Tensor nll_sum(const Tensor& states, const Head& head, const Tensor& targets);

// Sum of -log p / batch.step_tokens: the mean over the supervised tokens of
// the whole step. Scalar, nats a token.
Tensor mean_nll(const Model& model, const Batch& batch);

// KL(original || model) over the vocabulary, summed over the supervised tokens
// and divided by batch.step_tokens. `states0` [M, H] and `head0` are the
// original's; they record no gradient.
Tensor mean_kl(const Model& model, const Tensor& states0, const Head& head0,
               const Batch& batch);

// Final states [M, H] of the supervised tokens.
Tensor scored_states(const Model& model, const Batch& batch);

// Values [B] of a batch's rows in the order of the keys it was made of, so that
// rows of two batches that belong together stand at the same place.
Tensor in_given_order(const Batch& batch, const Tensor& of_rows);

}  // namespace lethe
