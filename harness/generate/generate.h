// Greedy and beam decoding on the shared cache.
#pragma once

#include "harness/model/model.h"
#include "harness/plugin/generation.h"

namespace lethe {

// Continues every prompt. Greedy: the likeliest token (the lowest id when
// equal). Beam: the rules of transformers 5.23.0 (generation/utils.py,
// _beam_search). Prompts of different lengths run together without padding in
// the model. Throws: usage error when a prompt is empty, when prompt and new
// tokens exceed the model's window, or when options contradict each other.
Generation generate(const Model& model, const Prompts& prompts,
                    const GenerateOptions& options);

}  // namespace lethe
