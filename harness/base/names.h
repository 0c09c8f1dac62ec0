// Near names for typos.
#pragma once

#include <string>
#include <vector>

namespace lethe {

// The names of `known` that look like `wrong` (edit distance at most a third
// of its length, or one contains the other), nearest first, at most three.
std::vector<std::string> near_names(const std::string& wrong,
                                    const std::vector<std::string>& known);

// "did you mean a or b?" when something is near, else "known: a, b, c".
std::string suggest(const std::string& wrong,
                    const std::vector<std::string>& known);

}  // namespace lethe
