// Tests of rankings of members and non-members, and what the paired tests
// share.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "results/paired_items.h"

namespace lethe {

// Of the AUC DeLong's test; of a TPR at a rate of false positives both classes
// are drawn anew, the same texts for both models, for thresholds vary too.
// REQUIRES: all scores are finite.
void test_ranking(const PairedItems& items, uint64_t seed,
                  PairedResult& result);

// Item by item. REQUIRES: at least one seed, all of one length.
std::vector<double> mean_over_seeds(
    const std::vector<std::vector<double>>& seeds);

// Sorts the items that changed into lost and gained, the largest change first.
void add_changes(const std::vector<std::string>& ids,
                 const std::vector<double>& a, const std::vector<double>& b,
                 PairedResult& result);

// True also of no values.
bool all_alike(const std::vector<double>& values);

}  // namespace lethe
