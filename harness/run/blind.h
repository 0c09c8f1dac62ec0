// Baselines that look at the data alone, beside the probes that they judge.
#pragma once

#include <string>
#include <vector>

#include "harness/base/record.h"
#include "harness/run/suite.h"

namespace lethe {

// The suite with every blind probe of the registry beside the first probe of
// the same headline metric on the same splits, unless it is there already.
Suite with_blind_baselines(Suite suite);

// Marks the blind baseline of every cell that does as well as the best probe of
// the same metric on the same splits, while its interval excludes 0.5 from
// below: `message` of its record says so. Returns one sentence for each set of
// splits.
std::vector<std::string> mark_blind_wins(std::vector<Record>& records);

}  // namespace lethe
