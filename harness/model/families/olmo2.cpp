// OLMo 2: Llama with norms behind each block, and of all queries and all keys.
//
// Paper: OLMo Team 2024, arXiv:2501.00656. Peer: transformers 5.23.0
// models/olmo2, logits to 1e-4 of the largest.
#include "harness/model/families/llama_like.h"

namespace lethe {
namespace {

DecoderConfig config(const Json& json, const std::string& where) {
  LlamaDefaults d;
  d.norm_eps = 1e-5;
  DecoderConfig c = llama_like_config(json, where, d);
  c.rms_weight = RmsWeight::before_cast;
  c.norm_place = NormPlace::after;
  c.query_norm = QueryNorm::whole;
  read_attention_bias(json, where, c);
  return c;
}

[[maybe_unused]] const bool registered =
    register_family({"olmo2", config, llama_like_weights});

}  // namespace
}  // namespace lethe
