// What the user sees of a run while it goes on.
#pragma once

#include "harness/run/run.h"

namespace lethe {

// run_suite(), shown on stderr: on a terminal a few lines that are redrawn in
// place up to five times a second, elsewhere a line at each cell that ends and
// at most one a minute between; nothing with -q, every probe with -v.
RunSummary run_in_view(const Suite& suite, RunOptions options);

}  // namespace lethe
