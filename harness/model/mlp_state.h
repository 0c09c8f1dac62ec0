// A pass cut at the down projection of one block's MLP: what that is given, and
// what becomes of what it gives. For methods that read the keys and change the
// values of an MLP at single tokens.
//
//   const MlpState s = model.mlp_state(rows, layer);
//   model.hidden_from(rows, layer, s, apply(down, s.keys));  // is hidden(rows)
#pragma once

#include "harness/model/model.h"

namespace lethe {

struct MlpState {
  Tensor stream;  // [N, H] what the MLP's output is added to
  Tensor keys;    // [N, I] what the down projection is given
};

// MlpState Model::mlp_state(rows, layer): of block `layer`, from 0, every token
// of the rows whatever is wanted of them. Throws: usage error for a mixture of
// experts, which has no one down projection, and for a layer that is not there.
//
// Tensor Model::hidden_from(rows, layer, state, outputs): what hidden() gives
// where block `layer`'s down projection gives `outputs` [N, H]: the states
// [N, H] of every token, or of rows.wanted. Gradients of `outputs` are
// recorded; nothing before that block is computed again.

// [N, H], what the down projection gives, its bias included.
Tensor down_outputs(const Model& model, int64_t layer, const MlpState& state);

}  // namespace lethe
