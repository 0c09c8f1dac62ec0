// Which tasks a data file could be for.
#pragma once

#include <string>
#include <vector>

#include "harness/base/json.h"

namespace lethe {

// "arc_easy (allenai)": the shipped tasks one of whose schemas has its fields
// in the row, and that schema; of three members of a family or more the
// family's name. By names of fields only, so a file may fit several.
// Throws: input error when a task's file is none.
std::vector<std::string> fitting_tasks(const OrderedJson& row);

}  // namespace lethe
