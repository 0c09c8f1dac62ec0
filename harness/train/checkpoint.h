// Checkpoints of a training run:
// OUT/checkpoint-<identity>-<step>.safetensors.
#pragma once

#include <string>

#include "harness/train/optimiser.h"

namespace lethe {

// Writes the newest and removes the older ones.
void save_checkpoint(const std::string& out, const std::string& identity,
                     const Optimiser& optimiser);

// The number of steps of the newest checkpoint of this identity; 0: none.
int64_t checkpoint_step(const std::string& out, const std::string& identity);

// Continues from the newest checkpoint of this identity in `out`; the number of
// its steps, 0 if there is none.
int64_t load_checkpoint(const std::string& out, const std::string& identity,
                        Optimiser& optimiser);

void remove_checkpoints(const std::string& out);

}  // namespace lethe
