// Llama 1 to 3.3: RMS norm, rotary positions, grouped-query attention, gated
// SiLU MLP. TinyLlama, Yi, Vicuna and others are written so too.
//
// Peer: transformers 5.23.0 models/llama, logits to 1e-4 of the largest.
#include "harness/model/families/llama_like.h"

namespace lethe {
namespace {

DecoderConfig config(const Json& json, const std::string& where) {
  DecoderConfig c = llama_like_config(json, where);
  read_attention_bias(json, where, c);
  c.mlp_bias = config_flag(json, "mlp_bias", where, false);
  return c;
}

[[maybe_unused]] const bool registered =
    register_family({"llama", config, llama_like_weights});

}  // namespace
}  // namespace lethe
