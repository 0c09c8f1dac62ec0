// Training texts in the order of their influence on some outputs, and how well
// a forget set agrees with that order.
#pragma once

#include <string>
#include <vector>

#include "harness/base/statistics.h"

namespace lethe {

// scores[q][i]: of training text i on output q; NaN where nothing of the text
// is scored.
using InfluenceScores = std::vector<std::vector<double>>;

// The numbers of the texts, highest score first, equal ones as they stand;
// those with NaN are left out. At most `top`; 0: all.
std::vector<size_t> by_influence(const std::vector<double>& scores,
                                 size_t top = 0);

// One score a text from those on all outputs: "mean", or "max".
std::vector<double> joint_scores(const InfluenceScores& scores,
                                 const std::string& how);

struct InfluenceAgreement {
  // The chance that a text of the set scores above another one.
  Estimate auroc;
  // Of the n texts of the set, how many are among the n highest scores.
  Estimate recall;
};

// `in_set[i]`: text i is in the forget set. Texts with NaN do not count.
InfluenceAgreement influence_agreement(const std::vector<double>& scores,
                                       const std::vector<bool>& in_set,
                                       uint64_t seed);

}  // namespace lethe
