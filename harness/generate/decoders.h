// Decoders behind generate(); each continues one batch of prompts.
#pragma once

#include "harness/generate/generate.h"

namespace lethe {

// One sequence a prompt; adds the computed tokens to `tokens`.
std::vector<std::vector<Sequence>> greedy_search(const Model& model,
                                                 const Prompts& prompts,
                                                 const GenerateOptions& options,
                                                 int64_t& tokens);

// num_return_sequences a prompt, best first.
std::vector<std::vector<Sequence>> beam_search(const Model& model,
                                               const Prompts& prompts,
                                               const GenerateOptions& options,
                                               int64_t& tokens);

}  // namespace lethe
