// Which layer bert_score reads of the encoders that it was tuned on.
#pragma once

#include <cstdint>
#include <string>

#include "harness/plugin/text_model.h"

namespace lethe {

struct TunedLayer {
  std::string name;  // the encoder's
  int64_t layer = 0;
};

// Of the pretrained encoder with this family, vocabulary, depth and width; null
// where the table has none. Fine-tuned ones of the same shape can have another
// in the peer's table (roberta-large-mnli 19): the layer option names it.
const TunedLayer* tuned_layer(const TextModelShape& shape);

}  // namespace lethe
