// Patterns that choose rows and measures: * stands for any characters, none
// among them, and ? for one. Everything else stands for itself.
#pragma once

#include <string>
#include <vector>

namespace lethe {

// True when the whole of `text` matches. O(pattern x text).
bool glob_matches(const std::string& pattern, const std::string& text);

// True when some text that begins with `start` could match.
bool glob_could_match(const std::string& pattern, const std::string& start);

// True when one of `patterns` matches and none of those with "!" before them
// does. Only exclusions: everything else is chosen.
bool chosen_by(const std::vector<std::string>& patterns,
               const std::string& text);

}  // namespace lethe
