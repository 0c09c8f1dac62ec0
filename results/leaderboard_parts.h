// The parts of a leaderboard's page, for pages that show a table among others.
// All are safe HTML.
#pragma once

#include <string>

#include "results/table.h"

namespace lethe {

// The most telling columns of each question.
std::string html_headline(const Table& table);

// A table a question, every value with its interval, under headings of the
// level `heading`.
std::string html_groups(const Table& table, int heading);

// What each column is.
std::string html_columns(const Table& table);

// Footnotes, remarks and the legend.
std::string html_notes(const Table& table);

}  // namespace lethe
