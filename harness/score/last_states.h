// What a decoder makes of whole texts: one vector each.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "harness/model/model.h"
#include "harness/tensor/tensor.h"

namespace lethe {

struct LastStateOptions {
  int64_t batch_tokens = 0;  // tokens a batch; 0: chosen for the device
  // Called with the number of tokens computed, after every batch.
  std::function<void(int64_t tokens)> progress;
};

// The final hidden state of each row's last token, after the last norm:
// [rows, H] float32 on the CPU. Nothing is padded; running out of memory halves
// a batch and goes on. REQUIRES: rows are not empty and within the window.
// Throws: input error when an id is outside the vocabulary, runtime error when
// one row alone does not fit.
Tensor last_states(const Model& model,
                   const std::vector<std::vector<int64_t>>& rows,
                   const LastStateOptions& options = {});

}  // namespace lethe
