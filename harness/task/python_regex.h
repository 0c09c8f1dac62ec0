// Regular expressions of Python's `re`, written for harness/text/regex.h: there
// ^ and $ are the ends of lines, (?m) lets . match a line break, and a match
// has no groups.
#pragma once

#include <string>

namespace lethe {

// The expression that matches where Python's does. Throws: input error at
// `where` on what cannot be said: back references, names, conditions, and flags
// other than i and s.
std::string from_python_regex(const std::string& pattern,
                              const std::string& where);

// The expression whose first match (`last`: whose last one) is what
// re.findall(pattern)[0] (or [-1]) is once of several groups the first that
// matched is taken (lm-eval's filter "regex"): groups become the whole match,
// fixed text before one is looked behind at. Throws: as above, and where a
// group cannot be told so.
std::string from_python_findall(const std::string& pattern, bool last,
                                const std::string& where);

}  // namespace lethe
