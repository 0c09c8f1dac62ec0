// Labels of many texts, batch by batch.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "harness/model/sequence_classifier.h"

namespace lethe {

struct ClassifyOptions {
  int64_t batch_tokens = 0;  // tokens a batch; 0: chosen for the device
  // Called with the number of tokens computed, after every batch.
  std::function<void(int64_t tokens)> progress;
};

// [labels] float32 logits of every row, in order; rows of different lengths
// together and without padding. Rows must have passed Encoder::check. Throws:
// as embed().
std::vector<std::vector<float>> classify(const SequenceClassifier& model,
                                         const std::vector<EncoderRow>& rows,
                                         const ClassifyOptions& options);

}  // namespace lethe
