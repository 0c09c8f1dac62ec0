// lethe watch: a run that is going, seen from outside. Needs no LibTorch.
#pragma once

#include "harness/app/arguments.h"

namespace lethe {

// Shows the run until it ends; the exit code says how: 0 complete, 1 a cell
// failed, 4 it stopped with work left. With --once: shows it once, 0.
int watch_command(const Arguments& arguments);

}  // namespace lethe
