// The values that a rule chooses, before they are held against its bounds.
#pragma once

#include <vector>

#include "results/gate/gate.h"
#include "results/gate/gated_run.h"

namespace lethe {

// What is gated: the run, and what it is compared with.
struct GateSubject {
  const GatedRun& run;
  const GatedRun* baseline = nullptr;  // none was named
};

// One check a row, measure, seed and bound. Those that can be decided have no
// reason yet; the others have verdict and reason: nothing matches, no value, a
// probe that failed, too few items, nothing to compare with.
std::vector<GateCheck> candidates(const GateRule& rule,
                                  const GateSubject& subject);

}  // namespace lethe
