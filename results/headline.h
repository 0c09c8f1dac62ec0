// Which columns matter most, and how a cell reads: shared by the writers.
#pragma once

#include <string>
#include <vector>

#include "results/table.h"

namespace lethe {

// All columns, the most telling first. The groups take turns (attacks,
// utility, cost, forgetting, other). Within a group one column of each kind
// (task, membership inference, extraction, other probe) comes first, then one
// of each further probe or task, then the rest, each in record order; seconds
// and memory come before other costs.
std::vector<size_t> by_importance(const Table& table);

// The first column of `group` in that order; npos when it has none.
size_t leading_column(const Table& table, ColumnGroup group);

// True when any row has a distance to retrain.
bool has_distances(const Table& table);

// The value alone: "0.020"; "-" when missing.
std::string short_text(const TableColumn& column, const TableCell& cell);

// With spread and interval: "0.020 ± 0.004 [0.006, 0.070]"; "n=96" follows
// when the rows of the column have different counts.
std::string long_text(const TableColumn& column, const TableCell& cell);

// "0.42", or "n/a" when it is NaN.
std::string distance_text(const TableRow& row);

// Superscript digits of the cell's footnotes: "¹·²".
std::string note_marks(const TableCell& cell);
std::string note_mark(size_t number);

// What a column is: "exact_match of greedy_extraction on forget; fraction;
// n=100; wilson interval".
std::string column_description(const TableColumn& column);

// "items: 3 truncated, 0 with a boundary mismatch, 0 non-finite, 0 skipped";
// empty when all are 0.
std::string counts_text(const RecordCounts& counts);

// "quickstart; run r1; cpu float32; 3 seeds": where the table is from.
std::string provenance(const Table& table);

// The meaning of the arrows and intervals of the table, as sentences.
std::vector<std::string> legend_lines(const Table& table);

}  // namespace lethe
