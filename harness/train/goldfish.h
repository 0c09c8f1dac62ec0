// The goldfish loss: of every text the same tokens are never learnt, so that it
// cannot be recited.
//
//   L = mean NLL over the supervised tokens that are kept
//
//   hash: a token is left out by a hash of h tokens (base/goldfish.h), so that
//     a passage has the same gaps wherever it stands; with normalise, by that
//     of a plain form of its text (document_mask.h)
//   static: targets start, start + k, start + 2k .. of each row; a row's
//   targets
//     are its tokens but the first
//   random: each target with the chance 1 / k, drawn anew at every visit by
//     (seed, step, place in the step): over epochs every token is learnt
//
// Source: Hans et al. 2024, arXiv:2406.10209, section 3; apply_goldfish of
// goldfish-loss @ 35d29f9. Its seeded_random is not seeded and skips rows;
// random is the paper's control in its stead. Windows of hash=product end at
// the borders of rows, where the published code packs texts into one. With
// normalise or hash=minhash the mask is of the whole text before it is cut into
// rows, so that near-duplicates that are cut elsewhere have the same gaps.
//
// goldfish_on=flagged: only rows with "goldfish": true in the data have a mask.
// goldfish_from, goldfish_to: outside of these steps every token is learnt.
#pragma once

#include <vector>

#include "harness/model/model.h"
#include "harness/train/batch.h"
#include "harness/train/options.h"

namespace lethe {

// Labels what `hash` or `static` leaves out of every row (random: nothing, see
// below), and marks the rows that have no mask. `rows` are those of `examples`
// alone; `tokenizer` is theirs and may be null without normalise. Nothing for
// loss=nll. Throws: input error for a "goldfish" that is not true or false, or
// as DocumentMask says.
void drop_tokens(TrainingSet& rows, const Examples& examples,
                 const Tokenizer* tokenizer, const TrainOptions& options);

// Throws: input error where goldfish_on=flagged and no row is flagged; usage
// error where goldfish_from lies behind the last step.
void check_drops(const TrainingSet& rows, const TrainOptions& options);

// Whether a step's rows are those of rows_of_step in place of the set's.
bool drops_vary(const TrainOptions& options);

// The rows `keys` as the rows of a set of their own: with what `random` leaves
// out in this step, or whole where it is none from goldfish_from to
// goldfish_to.
TrainingSet rows_of_step(const TrainingSet& rows,
                         const std::vector<int64_t>& keys,
                         const TrainOptions& options, int64_t step);

struct GoldfishLoss {
  Tensor loss;     // scalar, nats a supervised token of the step
  Tensor dropped;  // sum of -log p of the tokens left out; no gradient
};

// Both from one pass: the head also reads the states before dropped tokens.
GoldfishLoss goldfish_nll(const Model& model, const Batch& batch);

}  // namespace lethe
