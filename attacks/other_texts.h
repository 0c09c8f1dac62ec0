// Texts that are not the examples' own, scored as those are.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "harness/plugin/attack.h"

namespace lethe {

// What of the example's text is scored: all, or what comes after the prompt
// where it has one.
std::string scored_text(const Example& example);

// The example's text as `target` reads it, after `change` (null: as it is), and
// scored_text() of it is scored. An example without text is its own ids.
ScoreItem item_of(const Target& target, const Example& example,
                  const std::function<std::string(const std::string&)>& change);

// Mean log-prob of the scored tokens, nats; NaN where none is.
double mean_logprob(const Likelihood& of);
std::vector<double> mean_logprobs(const Target& target,
                                  const std::vector<ScoreItem>& items);

// Says in the sample ("truncated": 1) that something beside the example's own
// statistics was cut to a window; the record counts it.
void note_cut(bool cut, Observation& seen);

}  // namespace lethe
