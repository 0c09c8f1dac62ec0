// lethe gate: a run against rules, for people and for CI.
#pragma once

#include <vector>

#include "harness/app/arguments.h"
#include "results/gate/rules.h"

namespace lethe {

// Prints the report and writes the files asked for. Returns 0, 10 or 11.
int gate_command(const Arguments& arguments);

// The gates of --rules. Throws: usage error with file and place.
std::vector<Gate> named_gates(const Arguments& arguments);

}  // namespace lethe
