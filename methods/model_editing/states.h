// The keys and values of one block's MLP that model editing reads.
#pragma once

#include <memory>
#include <vector>

#include "harness/model/model.h"
#include "harness/train/batch.h"
#include "methods/model_editing/facts.h"

namespace lethe {

// Pieces of `tokens` tokens of the texts to put before prompts, the same in
// every run; the first of the `count` + 1 is empty. Shorter texts give shorter
// pieces. Throws: usage error when a piece is asked for and no text has tokens.
std::vector<Ids> drawn_prefixes(const Examples& texts, int64_t count,
                                int64_t tokens);

// The first `tokens` of a fact's prompt behind a prefix; the leading specials
// stay in front.
Ids behind(const Ids& prefix, const Fact& fact, int64_t tokens);

struct KeyStates {
  Tensor keys;     // [P, I] float32, what the down projection is given
  Tensor outputs;  // [P, H] float32, what it gives, its bias included
  Tensor blocks;   // [P, H] float32, stream and outputs: what the block gives
                   // where no norm stands behind the MLP
};

// Of block `layer` at the fact's key token behind each prefix. Adds what was
// run forward to `tokens`.
KeyStates key_states(const Model& model, int64_t layer, const Fact& fact,
                     const std::vector<Ids>& prefixes, int64_t* tokens);

// C = the mean of k k^T [I, I] float32 over the tokens of rows in random order,
// the same in every run, up to `most` tokens. Adds them to `tokens`.
Tensor key_moment(const Model& model, int64_t layer, const TrainingSet& rows,
                  int64_t most, int64_t* tokens);

// W [H, I] float64 of a block's down projection, as y = W x.
Tensor down_weight(const Model& model, int64_t layer);

// The model with W in its place; everything else is shared.
std::shared_ptr<const Model> with_down_weight(const Model& model, int64_t layer,
                                              const Tensor& weight);

}  // namespace lethe
