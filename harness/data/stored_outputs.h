// Outputs of a model that were stored as JSON Lines, as observations.
#pragma once

#include <vector>

#include "harness/base/observation.h"
#include "harness/data/rows.h"

namespace lethe {

// Rows of `id`, `split`, `prediction` or `output`, `reference` (a text or a
// list), `prompt_ids`, `output_ids`, `reference_ids`, `member` (0 or 1),
// `score`, `token_logprobs` (all scored, nats), `ids` with `argmax_ids` (the
// likeliest token in the place of each of the last ids). Any other number, and
// list of numbers, is one of Observation::numbers under its name; null is NaN.
// Throws: input error with the place when a field has another type, or is a
// text that was redacted.
Observations stored_outputs(const std::vector<DataRow>& rows);

}  // namespace lethe
