// What a training run computes, from the rows that its steps draw.
#pragma once

#include "harness/train/draws.h"
#include "harness/train/memory.h"

namespace lethe {

struct TrainingCost {
  int64_t tokens = 0;           // forward and backward, of all steps
  int64_t data_tokens = 0;      // of them those of the forget batches
  int64_t original_tokens = 0;  // forward through the original
  LargestPass largest;
};

// Every batch of every step laid out as training does; other answers count as
// long as what they stand beside.
TrainingCost training_cost(const TrainOptions& options,
                           const TrainingData& data, const Uses& uses);

}  // namespace lethe
