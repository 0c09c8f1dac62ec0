// Hidden states of many texts, batch by batch.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "harness/model/encoder.h"
#include "harness/tensor/tensor.h"

namespace lethe {

struct EmbedOptions {
  std::vector<int64_t> layers;  // 0 .. config().layers
  int64_t batch_tokens = 0;     // tokens a batch; 0: chosen for the device
  // Called with the number of tokens computed, after every batch.
  std::function<void(int64_t tokens)> progress;
};

// Some rows with their hidden states; nothing is padded.
struct EmbeddedBatch {
  std::vector<size_t> rows;      // numbers of the rows given
  std::vector<int64_t> offsets;  // their tokens; [rows + 1]
  // A layer asked for each: [N, H] on the device in the compute dtype.
  std::vector<Tensor> states;
};

// Hands every row to `take`, longest first, rows of one length together.
// Running out of memory halves the batch and goes on; a row may then be taken
// twice. Rows must have passed Encoder::check. Throws: runtime error when one
// row alone does not fit.
void embed(const Encoder& encoder, const std::vector<EncoderRow>& rows,
           const EmbedOptions& options,
           const std::function<void(const EmbeddedBatch&)>& take);

}  // namespace lethe
