// The texts of observations as a model reads them, each once, and which of
// them are compared.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "harness/plugin/metric.h"
#include "metrics/matching.h"

namespace lethe {

struct TextPairs {
  // Distinct ids, in the order of appearance; every weight is 1, of what the
  // tokenizer puts around a text 0.
  std::vector<WeightedText> texts;
  std::vector<std::pair<size_t, size_t>> pairs;  // output, reference
  std::vector<size_t> first;  // [items + 1]: the first pair of each item
};

// Every output with each of its references, after `prepare` (empty: as they
// are). REQUIRES: every observation has a reference.
TextPairs text_pairs(
    const Observations& observations, TextModel& model,
    const std::function<std::string(const std::string&)>& prepare);

// Of each item the best of each field over its references, independently; NaN
// where one of them is.
std::vector<Match> best_matches(const TextPairs& pairs,
                                const std::vector<Match>& matches);

}  // namespace lethe
