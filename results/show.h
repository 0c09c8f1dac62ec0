// What a run folder holds, at a glance.
#pragma once

#include <string>

namespace lethe {

// The suite, the status, how many cells are done, failed, skipped or left with
// the reasons, how many values there are and what was counted (truncated,
// non-finite, ...), and where the files are; lines of at most 100 columns.
// Reads run.json where it exists (keys that are absent are left out) and the
// records of a finished, running or stopped run.
// Throws: usage error when the folder is no run, input error for damaged files.
std::string show_run(const std::string& run_folder);

}  // namespace lethe
