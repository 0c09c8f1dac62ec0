// Distance to retrain: one number for how far a model is from one that never
// saw the forget set.
//
// For a row m and a column c of the groups forgetting, utility and attacks,
//
//   d(m, c) = |m - retrain| / max(|none - retrain|, half of retrain's interval)
//
// where `none` (no unlearning) and `retrain` (trained without the forget set)
// went through the same chain of transforms as m. The distance is the mean of
// d over the columns: 0 = behaves as the retrained model, 1 = as far from it
// as the model that never unlearned, above 1 = further still. Scores are thus
// on one scale whatever their unit, and forgetting too much counts as much as
// forgetting too little.
//
// A column is left out where a value is missing, was measured on other items,
// or where none and retrain differ by less than 1e-9 and retrain has no
// interval: there is then nothing to measure against. So is one in which all
// rows are equal. Where unlearning has
// nothing to change (utility, mostly) none and retrain differ by chance alone;
// the interval keeps that chance from blowing up the difference of others.
#pragma once

#include "results/table.h"

namespace lethe {

// Fills distance and distance_columns of every row. NaN and 0 for rows whose
// chain has no `none` or no `retrain` row, and when no column is left. Rows
// are found by method, else by label; those of the same run come first.
void add_distances(Table& table);

// The row of method `name`, else of that label, under the same transforms as
// `of`; one of the same run first. Null: there is none.
const TableRow* end_point(const Table& table, const TableRow& of,
                          const std::string& name);

// The definition above in two lines, for the foot of a table.
std::string distance_note();

}  // namespace lethe
