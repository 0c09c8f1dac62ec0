// OLMo: Llama with layer norms that have no weights, and clipped queries, keys
// and values.
//
// Paper: Groeneveld et al. 2024, arXiv:2402.00838. Peer: transformers 5.23.0
// models/olmo, logits to 1e-4 of the largest.
#include "harness/model/families/llama_like.h"

namespace lethe {
namespace {

DecoderConfig config(const Json& json, const std::string& where) {
  DecoderConfig c = llama_like_config(json, where);
  c.norm = Norm::layer;
  c.norm_weights = false;
  c.norm_eps = 1e-5;
  read_attention_bias(json, where, c);
  c.clip_qkv = config_number(json, "clip_qkv", where, 0);
  return c;
}

[[maybe_unused]] const bool registered =
    register_family({"olmo", config, llama_like_weights});

}  // namespace
}  // namespace lethe
