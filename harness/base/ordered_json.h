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

// The JSON object in the file `name` of a model folder, at most 256 MiB; empty
// if there is no such file. Throws: as folder_file and parse_ordered_json, and
// input error if it is something else.
OrderedJson ordered_object_or_empty(const std::string& folder,
                                    const std::string& name);

}  // namespace lethe
