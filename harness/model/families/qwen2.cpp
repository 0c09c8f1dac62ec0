// Qwen2 and 2.5: Llama with biases of queries, keys and values.
//
// Paper: Yang et al. 2024, arXiv:2407.10671. Peer: transformers 5.23.0
// models/qwen2, logits to 1e-4 of the largest.
#include "harness/model/families/llama_like.h"

namespace lethe {
namespace {

DecoderConfig config(const Json& json, const std::string& where) {
  LlamaDefaults d;
  d.kv_heads = 32;
  d.max_positions = 32768;
  DecoderConfig c = llama_like_config(json, where, d);
  c.qkv_bias = true;
  c.windows = upper_windows(json, where, c.layers);
  return c;
}

[[maybe_unused]] const bool registered =
    register_family({"qwen2", config, llama_like_weights});

}  // namespace
}  // namespace lethe
