// Over-unlearning: a row that forgot more than a model that never saw the
// forget set. Such a row is no better unlearned: that the texts were there to
// be unlearned shows.
//
// A column tells of forgetting when it is measured on a split of the role
// forget (asked with others: the first of them) and
//   - is a loss (in nats or bits, or a perplexity), wanted high or near the
//     reference: more is forgotten above;
//   - or is wanted low, or near the reference: more is forgotten below. Not
//     those whose value does not grow with what is remembered (truth_ratio,
//     privleak, forget_quality, both_sides, model_utility) or tells of
//     something else (gibberish_rate, harmful_rate, refusal_rate, fluency).
//
// Rule 1. Where a `retrain` row went through the same transforms: a row is
// over-unlearned when in one such column its 95 % interval lies wholly beyond
// retrain's.
// Rule 2. Where there is none: when its interval of a loss on a forget split
// lies wholly above that of the same loss on a holdout split: the texts to
// forget are less likely to it than texts that no model ever saw. That holds as
// far as both are texts of one kind.
//
// Values without an interval, and those of other items, decide nothing; rows of
// the methods none and retrain are not judged.
#pragma once

#include "results/table.h"

namespace lethe {

// Adds the flag "over-unlearned" with the columns and values that tell.
void flag_over_unlearned(Table& table);

}  // namespace lethe
