// The gates of a run's suite, kept in the run folder (gates.json).
#pragma once

#include <string>
#include <vector>

#include "results/gate/rules.h"

namespace lethe {

// Writes RUN/gates.json; without gates there is no such file afterwards.
// Throws: WriteError.
void keep_gates(const std::string& run_folder, const std::vector<Gate>& gates);

// Those of RUN/gates.json; none where there is no such file. Throws: usage
// error when it is damaged.
std::vector<Gate> kept_gates(const std::string& run_folder);

}  // namespace lethe
