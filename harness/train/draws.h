// Which rows each step trains on.
#pragma once

#include <cstdint>
#include <vector>

#include "harness/train/batch.h"
#include "harness/train/options.h"

namespace lethe {

// Other answers to the prompts of the training data's examples.
struct Alternates {
  TrainingSet rows;                      // Side::alternate
  std::vector<std::vector<int64_t>> of;  // [examples] their rows
  int64_t a_row = 0;                     // drawn for each row of a step
};

// What a run trains on; all but `data` may be null.
struct TrainingData {
  const TrainingSet* data = nullptr;  // decides the epochs
  const TrainingSet* retain = nullptr;
  const Alternates* alternates = nullptr;
};

// The row numbers of one step.
struct StepKeys {
  std::vector<int64_t> data, retain, alternate;
};

// The rows of step `step` (from 1). Epochs are permutations that depend on
// (seed, epoch) alone, the last step of one may be short; one uniformly random
// retain row and `a_row` alternates (without repetition while there are enough)
// stand beside each, drawn by (seed, step). With DP-SGD: rows_of_drawn.
StepKeys keys_of_step(const TrainOptions& options, const TrainingData& data,
                      int64_t step);

// The number of steps of one epoch.
int64_t epoch_steps(const TrainOptions& options, int64_t rows);

}  // namespace lethe
