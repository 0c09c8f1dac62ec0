// Texts that are not the examples' own, scored as those are.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "harness/plugin/attack.h"

namespace lethe {

// The example's text as `target` reads it, after `change` (null: as it is): all
// of it is scored, or what comes after the prompt where it has one.
// Throws: input error when the example has no text.
ScoreItem item_of(const Target& target, const Example& example,
                  const std::function<std::string(const std::string&)>& change);

// Mean log-prob of the scored tokens of every item, nats; NaN where none is.
std::vector<double> mean_logprobs(const Target& target,
                                  const std::vector<ScoreItem>& items);

}  // namespace lethe
