// v*: what a block's MLP must give at a fact's key token so that the model says
// the fact's target behind its prompt.
//
//   L(d) = objective + kl_factor KL(edited || model) + weight_decay |d| /
//   |v0|^2 objective: mean NLL of the target over contexts; with `erase` p, the
//     exponential of minus it, the target being the answer to forget
//   KL: of the next token behind the essence prompt "{subject} is a"
//   d is added to what the down projection gives at the key token of every
//   context; Adam from 0, kept within clamp_norm_factor |v0|
//   v0: what it gives there without d; MEMIT: what the block gives
//
// Paper: Meng et al. 2022, arXiv:2202.05262, equation 4; erase: Patil et al.
// 2024, arXiv:2309.17410, fact erasure. Peer: kmeng01/rome @ 0c06752
// compute_v.py, kmeng01/memit @ b86d971 compute_z.py,
// Vaidehi99/InfoDeletionAttacks @ 39a4c2f, whose defaults, weight decay (the
// paper has |d|^2) and stop below a loss of 0.05 (none in erase) these are; the
// last of the steps only looks. Deviations: the KL is taken behind the whole
// essence prompt, as the papers write it; the peers take it at the subject's
// last token, where " is a" cannot be seen. The loss layer is always the last.
#pragma once

#include "methods/model_editing/states.h"

namespace lethe {

struct ValueOptions {
  int64_t steps = 20;         // >= 1
  double lr = 0.5;            // of Adam, > 0
  double weight_decay = 0.5;  // >= 0
  double clamp = 4;           // clamp_norm_factor, > 0
  double kl = 0.0625;         // kl_factor, >= 0
  bool erase = false;
  bool of_block = false;  // v0 is the block's output
};

struct FoundValue {
  Tensor value;  // [H] float32, v0 + d
  Tensor delta;  // [H] float32, d
  // Of the target behind the prompt and its contexts, the geometric mean over
  // tokens, before and with d.
  double probability_before = 0, probability = 0;
};

// Adds what was run forward to `tokens`. The prompt behind each prefix and the
// target must fit the model's window.
FoundValue find_value(const Model& model, int64_t layer, const Fact& fact,
                      const std::vector<Ids>& prefixes,
                      const ValueOptions& options, int64_t* tokens);

}  // namespace lethe
