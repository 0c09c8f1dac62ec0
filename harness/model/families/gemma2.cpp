// Gemma 2: Gemma with norms on both sides of each block, soft caps, and a
// sliding window in every other layer.
//
// Paper: Gemma Team 2024, arXiv:2408.00118. Peer: transformers 5.23.0
// models/gemma2 (eager attention), logits to 1e-4 of the largest.
#include <cmath>

#include "harness/model/families/llama_like.h"

namespace lethe {
namespace {

// A cap; null is none.
double softcap(const Json& json, const std::string& key,
               const std::string& where, double fallback) {
  if (json.contains(key) && json[key].is_null()) return 0;
  const double cap = config_number(json, key, where, fallback);
  if (cap < 0) {
    fail_input(where, fmt::format("\"{}\" is {}", key, cap),
               "give a number above 0, or null");
  }
  return cap;
}

DecoderConfig config(const Json& json, const std::string& where) {
  LlamaDefaults d;
  d.kv_heads = 4;
  d.head_dim = 256;
  d.max_positions = 8192;
  d.activation = "gelu_pytorch_tanh";
  d.activation_key = "hidden_activation";
  d.tied_head = true;
  DecoderConfig c = llama_like_config(json, where, d);
  read_attention_bias(json, where, c);
  refuse_bidirectional(json, where);
  c.rms_weight = RmsWeight::plus_one;
  c.norm_place = NormPlace::both;
  c.embedding_scale = std::sqrt(static_cast<double>(c.hidden_size));
  const double scalar =
      config_number(json, "query_pre_attn_scalar", where, 256);
  if (!(scalar > 0)) {
    fail_input(where, fmt::format("\"query_pre_attn_scalar\" is {}", scalar),
               "it must be above 0");
  }
  c.attention_scale = 1 / std::sqrt(scalar);
  c.attention_softcap = softcap(json, "attn_logit_softcapping", where, 50);
  c.final_softcap = softcap(json, "final_logit_softcapping", where, 30);
  c.windows =
      layer_windows(json, where, c.layers, sliding_window(json, where, 4096),
                    [](int64_t layer) { return layer % 2 == 0; });
  return c;
}

[[maybe_unused]] const bool registered =
    register_family({"gemma2", config, llama_like_weights});

}  // namespace
}  // namespace lethe
