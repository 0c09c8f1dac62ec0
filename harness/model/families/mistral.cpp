// Mistral and Zephyr: Llama with a sliding window.
//
// Paper: Jiang et al. 2023, arXiv:2310.06825. Peer: transformers 5.23.0
// models/mistral, logits to 1e-4 of the largest.
#include "harness/model/families/llama_like.h"

namespace lethe {
namespace {

DecoderConfig config(const Json& json, const std::string& where) {
  LlamaDefaults d;
  d.kv_heads = 8;
  d.max_positions = 131072;
  DecoderConfig c = llama_like_config(json, where, d);
  c.windows = same_windows(json, where, c.layers, 4096);
  return c;
}

[[maybe_unused]] const bool registered =
    register_family({"mistral", config, llama_like_weights});

}  // namespace
}  // namespace lethe
