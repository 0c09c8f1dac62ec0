// lethe gate: a run against rules, for people and for CI.
#pragma once

#include "harness/app/arguments.h"

namespace lethe {

// Prints the report and writes the files asked for. Returns 0, 10 or 11.
int gate_command(const Arguments& arguments);

}  // namespace lethe
