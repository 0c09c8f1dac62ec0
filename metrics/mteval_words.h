// The tokens of WMT's BLEU.
#pragma once

#include <string>
#include <vector>

namespace lethe {

// The tokens of a text as mteval-v13a.pl and sacreBLEU's default, "13a", cut
// them: ASCII punctuation apart, points and commas only outside of numbers;
// four XML entities read as their characters; a hyphen at a line's end joins.
std::vector<std::string> mteval_words(const std::string& text);

}  // namespace lethe
