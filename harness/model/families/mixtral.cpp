// Mixtral: Mistral with several MLPs a layer, of which each token takes two.
//
// Paper: Jiang et al. 2024, arXiv:2401.04088. Peer: transformers 5.23.0
// models/mixtral, logits to 1e-4 of the largest.
#include "harness/model/families/llama_like.h"

namespace lethe {
namespace {

DecoderConfig config(const Json& json, const std::string& where) {
  LlamaDefaults d;
  d.kv_heads = 8;
  d.max_positions = 131072;
  d.norm_eps = 1e-5;
  d.rope.theta = 1e6;
  DecoderConfig c = llama_like_config(json, where, d);
  c.windows = same_windows(json, where, c.layers, 0);
  c.experts = config_size(json, "num_local_experts", where, 8);
  c.experts_per_token = config_size(json, "num_experts_per_tok", where, 2);
  return c;
}

[[maybe_unused]] const bool registered =
    register_family({"mixtral", config, llama_like_weights});

}  // namespace
}  // namespace lethe
