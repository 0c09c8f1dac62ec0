// What GPT-2 and GPT-Neo call the parts around their layers; on the hub also
// without the prefix.
#pragma once

#include <string>

#include "harness/model/weights.h"

namespace lethe {

inline DecoderNames gpt2_names(const WeightSource& source) {
  const std::string prefix = source.has("wte.weight") ? "" : "transformer.";
  return {.embedding = prefix + "wte.weight",
          .positions = prefix + "wpe.weight",
          .layers = prefix + "h.",
          .final_norm = prefix + "ln_f",
          .norm_bias = true};
}

}  // namespace lethe
