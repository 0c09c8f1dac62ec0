// Greedy matching of the tokens of two texts by their hidden states.
//
//   P = sum_i w_i max_j cos(x_i, y_j) / sum_i w_i, over the tokens i of the one
//   text and all tokens j of the other; R the other way round; F = 2PR / (P+R)
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "harness/plugin/text_model.h"

namespace lethe {

// The tokens of a text and what they count; none below 0.
struct WeightedText {
  std::vector<int64_t> ids;
  std::vector<double> weights;  // [T]
  bool empty = false;           // it has no token of its own
};

struct Match {
  double precision = 0;
  double recall = 0;
  double f1 = 0;
};

struct MatchOptions {
  int64_t layer = 0;
  // A token whose nearest is further than at right angles has no partner: 0.
  bool clamp = true;
  // Hidden states held at once.
  size_t bytes = size_t{512} << 20;
};

// The match of each pair {output, reference} of places in `texts`. Every text
// is computed once, unless more states are wanted later than half of `bytes`
// holds. All 0 where a text is empty; NaN where the weights of a text sum to
// 0, or a state is not finite or has no direction.
std::vector<Match> match(TextModel& model,
                         const std::vector<WeightedText>& texts,
                         const std::vector<std::pair<size_t, size_t>>& pairs,
                         const MatchOptions& options);

}  // namespace lethe
