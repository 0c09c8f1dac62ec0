// Texts to score, and what their tokens add up to.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

namespace lethe {

// A text to score: ids[score_from ..] given everything before.
struct ScoreItem {
  std::vector<int64_t> ids;
  int64_t score_from = 1;  // at least 1: the first token has no context
};

// The scored tokens of an item.
struct Likelihood {
  double sum = std::numeric_limits<double>::quiet_NaN();  // nats; NaN: no token
  int64_t tokens = 0;
  bool greedy = false;     // every token is the likeliest in its place
  bool truncated = false;  // cut from the left to the model's window
};

// Which norm of a text's gradient is asked for.
struct GradientNormOptions {
  double order = 2;  // 1, 2 or infinity
  // False: one norm over all weights; true: the mean of the weights' own.
  bool mean_over_tensors = false;
};

// What scoring took.
struct ScoreCost {
  int64_t tokens = 0;         // that the model computed
  int64_t naive_tokens = 0;   // without shared prefixes and equal texts
  int64_t scored_tokens = 0;  // rows of the language model's head
  int64_t batches = 0;
  int64_t largest_batch = 0;  // tokens
};

}  // namespace lethe
