// Small tables beside the leaderboard's own, for every writer: what a row is
// worth overall, and figures that others published.
#pragma once

#include <string>
#include <vector>

#include "results/table.h"

namespace lethe {

// Plain texts: escape them.
struct SideTable {
  std::string title;
  std::string about;               // below the title; may be empty
  std::vector<std::string> heads;  // the first is of the names
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> notes;
  bool foreign = false;  // its numbers were not measured by this program
};

// Rank, mean rank and worst cases of the rows without transforms: end points
// first, then by place. Without rows when there is nothing to tell.
SideTable overall_table(const Table& table);

// That table, if any, then one for each of the table's published ones.
std::vector<SideTable> side_tables(const Table& table);

}  // namespace lethe
