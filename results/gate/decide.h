// A value against its bound.
#pragma once

#include <vector>

#include "results/gate/gate.h"

namespace lethe {

// Sets verdict, reason, interval and p of the checks of one rule that have no
// reason yet. By the value ("point"), or by the whole interval of `level`: it
// lies within the bound (pass), beyond it (fail), or holds it (undecidable).
//
// Corrected rules fail only what is beyond the bound after the correction over
// all their values, so that many values do not fail by chance. Passing needs
// none: a rule passes only when all its values do, each by its own interval,
// and no lucky one of them can pass the rule (Berger 1982, intersection-union).
void decide(const GateRule& rule, double level, std::vector<GateCheck>& checks);

// Of a number without sampling: a count of the run.
void decide_exact(GateCheck& check);

}  // namespace lethe
