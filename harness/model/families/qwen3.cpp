// Qwen3: Llama whose queries and keys are normalised head by head.
//
// Paper: Yang et al. 2025, arXiv:2505.09388. Peer: transformers 5.23.0
// models/qwen3, logits to 1e-4 of the largest.
#include "harness/model/families/llama_like.h"

namespace lethe {
namespace {

DecoderConfig config(const Json& json, const std::string& where) {
  LlamaDefaults d;
  d.kv_heads = 32;
  d.head_dim = 128;
  d.max_positions = 32768;
  DecoderConfig c = llama_like_config(json, where, d);
  read_attention_bias(json, where, c);
  c.query_norm = QueryNorm::head;
  c.windows = upper_windows(json, where, c.layers);
  return c;
}

[[maybe_unused]] const bool registered =
    register_family({"qwen3", config, llama_like_weights});

}  // namespace
}  // namespace lethe
