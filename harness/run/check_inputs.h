// Everything that can be wrong with a suite's files, before any work.
#pragma once

#include <vector>

#include "harness/run/suite.h"
#include "harness/run/variants.h"
#include "harness/run/workshop.h"

namespace lethe {

// Throws: input or usage error when the model folder and its tokenizer, the
// data, what a method wants to be trained on, or a task's data are missing or
// do not fit.
void check_inputs(const Suite& suite, const std::vector<Variant>& variants,
                  const SuiteData& data, const Workshop& shop);

}  // namespace lethe
