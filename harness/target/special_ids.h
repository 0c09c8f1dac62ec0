// Rows of a model's vocabulary that are no text.
#pragma once

#include <cstdint>
#include <vector>

#include "harness/text/tokenizer.h"

namespace lethe {

// Of the ids 0 .. rows - 1 those of special tokens and those that no token has,
// ascending: an output layer often has more rows than the tokenizer tokens.
std::vector<int64_t> special_ids(const Tokenizer& tokenizer, int64_t rows);

}  // namespace lethe
