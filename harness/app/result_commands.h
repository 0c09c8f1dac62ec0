// A part of the command line: commands that read results.
#pragma once

#include <vector>

#include "harness/app/arguments.h"

namespace lethe {

// metric, judge, import, export, rescore, merge, verify, leaderboard, ..., in
// the order of the help.
std::vector<CommandSpec> result_commands();

}  // namespace lethe
