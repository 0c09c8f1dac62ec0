// The Pareto front: rows that no other row beats at one thing without losing
// at another.
//
// Compared are one column of each question, those that the scatter plots and
// the first of membership inference:
//   forgetting  the first column of the group forgetting, fractions first; if
//               it has none, of extraction attacks, then of any attack
//   utility     the first column of the group, fractions first
//   privacy     the first membership AUC that asks the model; may be missing
// Forgetting beyond the retrained row's value counts as reaching it: to forget
// more is no gain. Values near a target count by their distance to it.
//
// Compete all rows without transforms but end points that have every value. One
// row beats another when it is significantly better (row_ranks.h) in one of
// these and significantly worse in none; it dominates it when it is at least as
// good by value in all and better in one. A row is
//   off   the front when some row beats it,
//   near  it when none does but some row dominates it: chance may have made the
//         difference,
//   on    it otherwise.
// So the last digits of a value put no row on the front that loses clearly
// elsewhere. Where nothing could be tested, values alone decide.
#pragma once

#include "results/row_ranks.h"

namespace lethe {

// The column that stands for a question; npos when there is none. Fractions
// come first: a collapsed model's perplexity would press all the others
// together.
size_t forgetting_column(const Table& table);
size_t utility_column(const Table& table);

// Fills front_columns and the rows' front; nothing where forgetting or utility
// has no column. O(rows^2).
void find_front(Table& table, const Better& better);

}  // namespace lethe
