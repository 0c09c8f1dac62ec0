// The HTML tables of a leaderboard.
#pragma once

#include <string>

#include "results/side_table.h"
#include "results/table.h"

namespace lethe {

// The most telling columns of each question with distance and rank; the other
// columns are in it, hidden, for a script to show.
std::string board_html(const Table& table);

// The controls for that script, hidden without it: filters and columns.
std::string tools_html(const Table& table);

// A table for each group of columns, with intervals, under headings of the
// level `heading`.
std::string groups_html(const Table& table, int heading);

std::string side_html(const SideTable& table);

// Words such as ROUGE-L stay whole: a browser would break them at the hyphen.
std::string title_html(const std::string& title);
// ` data-v="0.5"`; empty when it is not finite.
std::string sort_value(double value);
// The attributes of a row of models: its class and what filters go by.
std::string row_attributes(const TableRow& row);

}  // namespace lethe
