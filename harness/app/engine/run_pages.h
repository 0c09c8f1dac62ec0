// What a finished run is shown as, in its folder.
#pragma once

#include <string>
#include <vector>

#include "results/gate/gate.h"

namespace lethe {

// leaderboard.md and report.html, nothing of gates. Throws: WriteError.
void write_plain_pages(const std::string& run_folder);

// Holds the gates, keeps them (gates.json, gate.json) and writes leaderboard.md
// and the report that opens with the verdict. Throws: as hold_gates();
// WriteError.
GateReport write_run_pages(const std::string& run_folder,
                           const std::vector<Gate>& gates,
                           const std::string& baseline);

}  // namespace lethe
