// Phi-3 and 3.5 mini: Llama with one product for query, key and value and one
// for gate and up. Their 128k forms scale rotary positions by "longrope"
// (older spellings: "su", "yarn"); their window here is the original one, 4096.
//
// Paper: Abdin et al. 2024, arXiv:2404.14219. Peer: transformers 5.23.0
// models/phi3, logits to 1e-4 of the largest.
#include "harness/model/families/llama_like.h"

namespace lethe {
namespace {

Json with_longrope_named(Json json) {
  for (const char* key : {"rope_scaling", "rope_parameters"}) {
    if (!json.contains(key) || !json[key].is_object()) continue;
    for (const char* type : {"type", "rope_type"}) {
      const Json name = json[key].value(type, Json());
      if (name == "su" || name == "yarn") json[key][type] = "longrope";
    }
  }
  return json;
}

DecoderConfig config(const Json& json, const std::string& where) {
  LlamaDefaults d;
  d.max_positions = 4096;
  d.norm_eps = 1e-5;
  d.rope.original_positions = 4096;
  DecoderConfig c = llama_like_config(with_longrope_named(json), where, d);
  c.qkv = QkvLayout::concatenated;
  c.fused_gate = true;
  c.windows = same_windows(json, where, c.layers, 0);
  return c;
}

[[maybe_unused]] const bool registered =
    register_family({"phi3", config, llama_like_weights});

}  // namespace
}  // namespace lethe
