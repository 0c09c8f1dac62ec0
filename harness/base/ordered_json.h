// JSON that keeps the order of its keys, from files that are not trusted.
#pragma once

#include <string>

#include "harness/base/json.h"

namespace lethe {

// The parsed text. `where` names the source in errors.
// Throws: as parse_json, and for objects of so many keys (some 30,000) that the
// quadratic time of an OrderedJson would show.
OrderedJson parse_ordered_json(const std::string& text,
                               const std::string& where);

}  // namespace lethe
