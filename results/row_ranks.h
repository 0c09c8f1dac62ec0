// Ranks that say no more than the values do.
//
// Rows compete in a column that has a direction when they hold a comparable
// value, went through the same chain of transforms and are no end point (the
// methods none and retrain, against which the others are measured). A row's
// rank is the range of places that the tests of rank_tests.h leave open: its
// best place is 1 + the rows significantly better, its worst is the number of
// rows - those significantly worse. "1-3" so shares its place with others.
// Columns without a tested pair, of measures that look at the data alone
// (blind_..) and of cost have no ranks; nor have chains of more than 500 rows.
// Single items are compared among up to 32 rows.
//
// Overall, the rows without transforms are ordered by their stand to the Pareto
// front (pareto.h: on it, near it, off it), then by their mean rank: the middle
// of the range, averaged
// over the columns of a question, then over the questions forgetting, utility
// and attacks. A row without a comparable value where others are ranked takes
// the last place there: what was not measured is no gain. Rows that are equal
// in both share a place.
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "results/rank_tests.h"
#include "results/table.h"

namespace lethe {

// Single items behind a cell; null: there are none.
using ItemsOf = std::function<const ItemMeans*(size_t row, size_t column)>;

// True for the method none or retrain: a row to compare with.
bool is_end_point(const TableRow& row);

// Fills the ranks of cells and the columns' rank_tests. Returns for each column
// which rows are significantly better than which (rows as pairs: the better
// one first), of the rows without transforms alone.
using Better = std::vector<std::vector<std::pair<size_t, size_t>>>;
Better rank_rows(Table& table, const ItemsOf& items);

// Fills mean_rank and place. REQUIRES: rank_rows and find_front were called.
void order_rows(Table& table);

}  // namespace lethe
