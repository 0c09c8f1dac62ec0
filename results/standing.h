// How ranks, the front, the worst case and guesses read: shared by the writers.
#pragma once

#include <string>
#include <vector>

#include "results/table.h"

namespace lethe {

// "1", "2-3"; empty when there is none.
std::string range_text(const RankRange& range);

// The place overall with the mark of the front: "1 ●", "2-3 ○", "4"; empty for
// rows that have none.
std::string place_text(const TableRow& row);

// "1.25"; empty when there is none.
std::string mean_rank_text(const TableRow& row);

// long_text with the rank: "0.300 ± 0.141 [0.290, 0.350] #1-2".
std::string ranked_text(const TableColumn& column, const TableCell& cell);

// The row's worst case of a kind; null: none.
const WorstAttack* worst_of(const TableRow& row, const std::string& kind);
// "0.620 [0.520, 0.710]".
std::string worst_text(const Table& table, const WorstAttack& worst);
// What reached it: "beam extraction EM after quantise:form=nf4"; with
// "(of 4)" where rows have other numbers of attacks.
std::string worst_source(const Table& table, const WorstAttack& worst);

// Which of these any row has.
bool has_places(const Table& table);
bool has_ranks(const Table& table);
bool has_worst(const Table& table, const std::string& kind);
bool has_standing(const Table& table);  // anything for a table of its own

// The titles of the front's columns: "A, B and C".
std::string front_names(const Table& table);

// What all of this means, as sentences.
std::vector<std::string> standing_legend(const Table& table);

}  // namespace lethe
