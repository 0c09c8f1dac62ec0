// How long a text may be for a model that reads whole texts.
#pragma once

#include <cstdint>
#include <string>

#include "harness/base/json.h"

namespace lethe {

// FOLDER/tokenizer_config.json, empty if there is none.
Json tokenizer_config(const std::string& folder);

// Tokens that a text may have, special ones included: the model's window, or
// what the tokenizer was made for where that is less. 0: any number.
int64_t text_window(int64_t model_window, const Json& tokenizer_config);

}  // namespace lethe
