// Decoders behind generate(); each continues one batch of prompts.
#pragma once

#include "harness/generate/generate.h"

namespace lethe {

// Prompts that are continued together, their numbers in the whole call, and how
// many new tokens each may have.
struct DecodeBatch {
  Prompts prompts;
  std::vector<size_t> numbers;
  std::vector<int64_t> lengths;
};

// Greedy, or drawn: num_return_sequences a prompt, in the order drawn. Adds the
// computed tokens to `tokens`.
std::vector<std::vector<Sequence>> token_by_token(
    const Model& model, const DecodeBatch& batch,
    const GenerateOptions& options, int64_t& tokens);

// num_return_sequences a prompt, best first.
std::vector<std::vector<Sequence>> beam_search(const Model& model,
                                               const DecodeBatch& batch,
                                               const GenerateOptions& options,
                                               int64_t& tokens);

// All that the guide let through, best first.
std::vector<std::vector<Sequence>> guided_search(const Model& model,
                                                 const DecodeBatch& batch,
                                                 const GenerateOptions& options,
                                                 int64_t& tokens);

}  // namespace lethe
