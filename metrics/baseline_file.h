// Baselines as bert_score ships them: what unrelated texts reach.
#pragma once

#include <cstdint>
#include <string>

#include "metrics/matching.h"

namespace lethe {

// The row of a layer in a file with the columns LAYER, P, R and F, between
// commas or tabs. Throws: usage error if the file is absent or has no such
// layer; input error if it is malformed, or a baseline not a number below 1.
Match read_baseline(const std::string& path, int64_t layer);

// (x - baseline) / (1 - baseline), each field by its own.
Match rescaled(const Match& match, const Match& baseline);

}  // namespace lethe
