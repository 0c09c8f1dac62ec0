// The parts of a leaderboard's page, for pages that show a table among others.
// All are safe HTML.
#pragma once

#include <string>

#include "results/table.h"

namespace lethe {

// What each column is.
std::string html_columns(const Table& table);

// Footnotes, remarks and the legend.
std::string html_notes(const Table& table);

}  // namespace lethe
