// GPT-NeoX and Pythia: layer norms with bias, attention and MLP side by side,
// partly rotated heads, query, key and value of each head next to each other.
//
// Paper: Black et al. 2022, arXiv:2204.06745. Peer: transformers 5.23.0
// models/gpt_neox, both residual forms, logits to 1e-4 of the largest.
#include "harness/model/config.h"
#include "harness/model/weights.h"

namespace lethe {
namespace {

DecoderConfig config(const Json& json, const std::string& where) {
  DecoderConfig c = config_sizes(json, where);
  c.head_dim = config_head_dim(c, where);
  c.intermediate_size = config_size(json, "intermediate_size", where);
  c.max_positions = config_size(json, "max_position_embeddings", where, 2048);
  c.norm = Norm::layer;
  c.norm_eps = config_number(json, "layer_norm_eps", where, 1e-5);
  c.parallel_blocks = config_flag(json, "use_parallel_residual", where, true);
  RopeDefaults rope;
  rope.partial = 0.25;
  c.rope = rope_from_json(json, where, c.head_dim, c.max_positions, rope);
  c.qkv = QkvLayout::per_head;
  c.qkv_bias = c.output_bias = config_flag(json, "attention_bias", where, true);
  c.gated_mlp = false;
  c.mlp_bias = true;
  c.activation = named_activation(
      config_string(json, "hidden_act", where, "gelu"), "hidden_act", where);
  c.tied_head = config_flag(json, "tie_word_embeddings", where, false);
  return c;
}

LayerWeights layer(const DecoderConfig& c, WeightSource& source,
                   const std::string& name) {
  const int64_t h = c.hidden_size, inner = c.intermediate_size;
  LayerWeights w;
  w.attention_norm = source.norm(name + "input_layernorm", h, true);
  w.mlp_norm = source.norm(name + "post_attention_layernorm", h, true);
  w.qkv =
      source.linear(name + "attention.query_key_value", h, 3 * h, c.qkv_bias);
  w.output = source.linear(name + "attention.dense", h, h, c.output_bias);
  w.mlp.up = source.linear(name + "mlp.dense_h_to_4h", h, inner, true);
  w.mlp.down = source.linear(name + "mlp.dense_4h_to_h", inner, h, true);
  return w;
}

DecoderWeights weights(const DecoderConfig& c, WeightSource& source) {
  const DecoderNames names = {.embedding = "gpt_neox.embed_in.weight",
                              .positions = "",
                              .layers = "gpt_neox.layers.",
                              .final_norm = "gpt_neox.final_layer_norm",
                              .norm_bias = true,
                              .head = "embed_out"};
  return take_decoder(c, source, names, [&](const std::string& name) {
    return layer(c, source, name);
  });
}

[[maybe_unused]] const bool registered =
    register_family({"gpt_neox", config, weights});

}  // namespace
}  // namespace lethe
