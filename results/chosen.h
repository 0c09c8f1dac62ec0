// The rows that a suite's selection left standing, and the rule it went by.
#pragma once

#include <string>
#include <vector>

#include "harness/base/record.h"

namespace lethe {

// Which rows of a suite that chooses among them are shown.
enum class Rows { chosen, all };

// Drops what was measured on validation splits, and with Rows::chosen the rows
// that the run's selection left. Returns remarks for the foot of a table: the
// rule, from FOLDER/run.json, and what none of a method's rows met.
std::vector<std::string> keep_chosen(std::vector<Record>& records,
                                     const std::string& folder, Rows rows);

}  // namespace lethe
