// What a rule of change (max_drop, max_rise) compares a value with.
#pragma once

#include <string>

#include "results/gate/candidates.h"

namespace lethe {

// True when the rule compares with a row of the run and this is it.
bool is_compared_row(const GateRule& rule, const GatedRun& run,
                     const JoinedRow& row);

// Sets the check's value to the change as its bound means it (a drop, or a
// rise), and both values that it comes from. Returns why that cannot be done:
// no baseline, no such row or value, other data, prompts or items, no samples.
std::string compare(const GateRule& rule, const GateSubject& subject,
                    const JoinedRow& row, const Record& record,
                    GateCheck& check);

}  // namespace lethe
