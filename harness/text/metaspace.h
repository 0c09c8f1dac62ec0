// The options that the Metaspace pre-tokenizer and decoder share.
#pragma once

#include <string>

#include "harness/text/component.h"

namespace lethe {

// The character that stands for a space, most often U+2581.
// Throws: input error unless "replacement" is one character.
std::string metaspace_character(const Json& json, const Place& place);

// "always", "first" or "never": which pieces get it in front. Files of before
// 2024 have "add_prefix_space" instead. Throws: input error if unknown.
std::string metaspace_scheme(const Json& json, const Place& place);

}  // namespace lethe
