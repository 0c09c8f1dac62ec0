// Two models' membership scores of the same texts: DeLong's test of their areas
// under the ROC curve.
//
// Paper: DeLong et al. 1988, Biometrics 44:837; ranks as Sun and Xu 2014.
#pragma once

#include <vector>

#include "harness/base/statistics.h"

namespace lethe {

// Where each score lies among those of the other class, ties one half: of a
// member the share of others below it, of the others the share of members
// above. The mean of either is the area.
struct Placements {
  std::vector<double> members, others;
};

// O(n log n). REQUIRES: neither class is empty, all scores are finite.
Placements placements(const std::vector<double>& members,
                      const std::vector<double>& others);

struct PairedAuroc {
  double difference = 0;  // area of b minus area of a
  double error = 0;       // its standard error; NaN with one text in a class
  Interval ci95;          // "delong": difference +- 1.96 errors; or "none"
  // Two-sided, normal; 1 where no placement differs, NaN where all differ
  // alike, so that nothing shows how much they vary.
  double p = 1;
};

// Placements may be means over seeds. REQUIRES: the same texts in one order.
PairedAuroc delong(const Placements& a, const Placements& b);

}  // namespace lethe
