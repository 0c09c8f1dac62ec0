// Phi 1, 1.5 and 2: one layer norm feeds attention and MLP side by side, partly
// rotated heads, biases everywhere, the head included.
//
// Paper: Li et al. 2023, arXiv:2309.05463. Peer: transformers 5.23.0
// models/phi, logits to 1e-4 of the largest.
#include "harness/model/config.h"
#include "harness/model/weights.h"

namespace lethe {
namespace {

DecoderConfig config(const Json& json, const std::string& where) {
  DecoderConfig c = config_sizes(json, where);
  c.kv_heads = config_size(json, "num_key_value_heads", where, c.heads);
  if (config_flag(json, "qk_layernorm", where, false)) {
    fail_input(where, "\"qk_layernorm\": true is not supported",
               "no released Phi model has it");
  }
  c.head_dim = config_head_dim(c, where);
  c.intermediate_size =
      config_size(json, "intermediate_size", where, 4 * c.hidden_size);
  c.max_positions = config_size(json, "max_position_embeddings", where, 2048);
  c.norm = Norm::layer;
  c.norm_eps = config_number(json, "layer_norm_eps", where, 1e-5);
  c.parallel_blocks = c.one_norm = true;
  RopeDefaults rope;
  rope.partial = 0.5;
  c.rope = rope_from_json(json, where, c.head_dim, c.max_positions, rope);
  c.qkv_bias = c.output_bias = c.mlp_bias = c.head_bias = true;
  c.gated_mlp = false;
  c.activation =
      named_activation(config_string(json, "hidden_act", where, "gelu_new"),
                       "hidden_act", where);
  c.tied_head = config_flag(json, "tie_word_embeddings", where, false);
  return c;
}

LayerWeights layer(const DecoderConfig& c, WeightSource& source,
                   const std::string& name) {
  const int64_t h = c.hidden_size, inner = c.intermediate_size;
  const int64_t keys = c.kv_heads * c.head_dim;
  const std::string attention = name + "self_attn.";
  LayerWeights w;
  w.attention_norm = source.norm(name + "input_layernorm", h, true);
  w.query = source.linear(attention + "q_proj", h, h, true);
  w.key = source.linear(attention + "k_proj", h, keys, true);
  w.value = source.linear(attention + "v_proj", h, keys, true);
  w.output = source.linear(attention + "dense", h, h, true);
  w.mlp.up = source.linear(name + "mlp.fc1", h, inner, true);
  w.mlp.down = source.linear(name + "mlp.fc2", inner, h, true);
  return w;
}

DecoderWeights weights(const DecoderConfig& c, WeightSource& source) {
  const DecoderNames names = {.embedding = "model.embed_tokens.weight",
                              .positions = "",
                              .layers = "model.layers.",
                              .final_norm = "model.final_layernorm",
                              .norm_bias = true};
  return take_decoder(c, source, names, [&](const std::string& name) {
    return layer(c, source, name);
  });
}

[[maybe_unused]] const bool registered =
    register_family({"phi", config, weights});

}  // namespace
}  // namespace lethe
