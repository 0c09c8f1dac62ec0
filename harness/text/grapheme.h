// Grapheme clusters: what a reader takes for one character.
#pragma once

#include <cstddef>
#include <string_view>

namespace lethe {

// The bytes of the first extended grapheme cluster of a text that is not empty
// (Unicode Standard Annex 29, without its rule for Indic conjuncts, GB9c).
size_t grapheme_size(std::string_view text);

}  // namespace lethe
