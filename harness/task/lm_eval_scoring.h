// What an lm-eval task counts: metrics, generation, filters.
#pragma once

#include "harness/base/json.h"
#include "harness/task/lm_eval_keys.h"

namespace lethe {

// The metrics of `metric_list` that a task of Lethe's names (those of multiple
// choice; the other kinds always give theirs). `kind` is Lethe's. Throws: input
// error on metrics that the kind has not, and where aggregation or
// higher_is_better are others than theirs.
OrderedJson lm_eval_metrics(const LmEvalKeys& keys, const std::string& kind);

// "match" of a task that generates: generation_kwargs, filter_list and the
// options of exact_match. Of the other kinds generation_kwargs has no effect
// and is not read. Throws: input error on sampling (a temperature other than
// the number 0 without do_sample), several beams, and filters that cannot be
// said.
OrderedJson lm_eval_match(const LmEvalKeys& keys, const std::string& kind);

}  // namespace lethe
