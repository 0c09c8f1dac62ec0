// Reading the keys of a suite file.
#pragma once

#include <string>

#include "harness/base/json.h"
#include "harness/base/keys.h"
#include "harness/run/suite.h"

namespace lethe {

// A suite's "selection". Throws: usage error that names the key.
SelectionSpec read_selection(const Json& json, const std::string& where);

// As read_selection reads it, with every default.
Json to_json(const SelectionSpec& selection);

}  // namespace lethe
