// What training holds at its fullest, on paper.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "harness/model/model.h"
#include "harness/plugin/method.h"
#include "harness/train/options.h"

namespace lethe {

// The largest backward pass of a run.
struct LargestPass {
  int64_t tokens = 0;          // run forward
  int64_t supervised = 0;      // of them
  int64_t terms = 1;           // passes a step: gradients wait for the last
  bool distributions = false;  // a term compares those of two models (KL)
  int64_t kept_states = 0;     // of the original's, [kept_states, H]
};

// Bytes on the device (on the CPU: of the process) when the last term of a step
// goes back. LoRA, layers, optimiser, fused step and activation checkpointing
// as the options say.
struct TrainMemory {
  int64_t weights = 0;
  int64_t optimiser = 0;    // moments and masters
  int64_t gradients = 0;    // of all trained weights, or of the largest
  int64_t activations = 0;  // what backward needs of every block
  int64_t head = 0;         // logits of a chunk, the head's own gradients
  int64_t original = 0;     // its states and head, the latter where it changes
  int64_t smoothing = 0;    // a copy of the weights
  int64_t private_sum = 0;  // of DP-SGD: beside one document's gradient

  int64_t total() const {
    return weights + optimiser + gradients + activations + head + original +
           smoothing + private_sum;
  }
};

// Beside that on the CPU: the libraries' own pages of a backward pass and what
// the heap keeps between its pieces. Measured, 90 to 130 MB whatever the model.
constexpr int64_t kTrainingProcessBytes = 115'000'000;

TrainMemory training_memory(const DecoderConfig& config, const Compute& compute,
                            const TrainOptions& options,
                            const LargestPass& pass);

// The stored weights of a model by name, without making them.
std::vector<std::pair<std::string, Shape>> stored_shapes(
    const DecoderConfig& config);

// What backward keeps of one token in one block, bytes.
int64_t block_bytes(const DecoderConfig& config, at::ScalarType dtype,
                    bool lora);

}  // namespace lethe
