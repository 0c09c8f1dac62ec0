// Short, human, unique titles for columns, and numbers as people read them.
#pragma once

#include <string>
#include <vector>

#include "results/table.h"

namespace lethe {

// Sets key and title of every column. A title holds as little as tells the
// columns apart: "greedy extraction EM", "retain perplexity", "arc_easy acc";
// then options, split and probe, at worst the key.
void name_columns(std::vector<TableColumn>& columns);

// The part of a column that a group of its kind is about: its task, or its
// probe without options ("loss_mia"); empty for costs.
std::string source_of(const TableColumn& column);

// A value as text for its unit: "0.020", "12.34", "1.2e8", "412 MB", "6.4 k";
// "-" if NaN.
std::string value_text(double value, const std::string& unit);

// As value_text, with the decimals that `beside` would get, so that the
// bounds of an interval match their value.
std::string value_text_like(double value, const std::string& unit,
                            double beside);

}  // namespace lethe
