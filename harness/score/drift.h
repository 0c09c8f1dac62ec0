// How far a model's predictions moved from another's on the same texts, as
// llama.cpp's --kl-divergence measures quantised models.
#pragma once

#include <memory>
#include <vector>

#include "harness/score/score.h"

namespace lethe {

// Of every item, in the order given: KL(base || model) a scored token, whether
// both have the same likeliest token, and the token's log-prob under each;
// float32 log-softmax whatever the models' dtypes. Both models read the same
// batches; items longer than the shorter window are cut from the left and
// marked. Two models' weights and a chunk of logits of each are in memory.
// Throws: usage error when the vocabularies differ, input error when an id is
// outside them, runtime error when one item alone does not fit.
std::vector<std::shared_ptr<const TokenDrift>> drift(
    const Model& model, const Model& base, const std::vector<ScoreItem>& items,
    const ScoreOptions& options = {});

}  // namespace lethe
