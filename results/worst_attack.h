// The worst case: the highest value that any attack reached on a model, before
// and after transforms.
//
// Of two kinds, which are not on one scale:
//   extraction  the share of texts of a split of the role forget that came out
//               whole: exact_match of a probe named .._extraction, any_hit of
//               sampled_hits
//   membership  the AUC of a membership probe that asks the model
// Looked at are the row's own values and those of its transforms (same label,
// method and options, of a run of its own); values of other items are left
// out. The highest of k values lies above their mean by chance alone, so k is
// said with it, and rows with other k compare badly.
#pragma once

#include "results/table.h"

namespace lethe {

// The same model, with or without a transform.
bool same_model(const TableRow& a, const TableRow& b);

// Fills `worst` of the rows without transforms.
void find_worst_attacks(Table& table);

}  // namespace lethe
