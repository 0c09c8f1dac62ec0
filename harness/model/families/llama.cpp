// Llama: RMS norm, rotary positions, grouped-query attention, gated SiLU MLP.
//
// Peer: transformers 5.23.0 models/llama, logits to 1e-4 of the largest. Both
// spellings of config.json are read (rope_theta, or rope_parameters).
#include "harness/model/config.h"
#include "harness/model/weights.h"

namespace lethe {
namespace {

// theta, with scaled forms refused by name.
double rope_theta(const Json& json, const std::string& where) {
  for (const char* key : {"rope_scaling", "rope_parameters"}) {
    if (!json.contains(key) || !json[key].is_object()) continue;
    const Json& rope = json[key];
    const std::string type =
        config_string(rope, "rope_type", where,
                      config_string(rope, "type", where, "default"));
    if (type != "default") {
      fail_input(where, fmt::format("rope type \"{}\" is not supported", type),
                 "supported: default");
    }
    if (rope.contains("rope_theta")) {
      return require_number(rope, "rope_theta", where);
    }
  }
  return config_number(json, "rope_theta", where, 10000.0);
}

DecoderConfig config(const Json& json, const std::string& where) {
  DecoderConfig c;
  c.vocab_size = config_size(json, "vocab_size", where);
  c.hidden_size = config_size(json, "hidden_size", where);
  c.layers = config_size(json, "num_hidden_layers", where);
  c.heads = config_size(json, "num_attention_heads", where);
  c.kv_heads = config_size(json, "num_key_value_heads", where, c.heads);
  const bool given = json.contains("head_dim") && !json["head_dim"].is_null();
  if (!given && c.hidden_size % c.heads != 0) {
    fail_input(where,
               fmt::format("hidden size {} is no multiple of {} heads",
                           c.hidden_size, c.heads),
               "check hidden_size and num_attention_heads");
  }
  c.head_dim = config_size(json, "head_dim", where,
                           std::max<int64_t>(1, c.hidden_size / c.heads));
  c.intermediate_size = config_size(json, "intermediate_size", where);
  c.max_positions = config_size(json, "max_position_embeddings", where, 2048);
  c.norm_eps = config_number(json, "rms_norm_eps", where, 1e-6);
  c.rope_theta = rope_theta(json, where);
  c.activation = json.contains("hidden_act")
                     ? config_activation(json, "hidden_act", where)
                     : Activation::silu;
  c.tied_head = config_flag(json, "tie_word_embeddings", where, false);
  for (const char* key : {"attention_bias", "mlp_bias"}) {
    if (config_flag(json, key, where, false)) {
      fail_input(where, fmt::format("\"{}\": true is not supported", key),
                 "use a checkpoint without these biases");
    }
  }
  return c;
}

LayerWeights layer(const DecoderConfig& c, WeightSource& source,
                   const std::string& name) {
  const int64_t h = c.hidden_size;
  const std::string attention = name + "self_attn.", mlp = name + "mlp.";
  LayerWeights w;
  w.attention_norm.weight = source.take(name + "input_layernorm.weight", {h});
  w.query = source.linear(attention + "q_proj", h, c.heads * c.head_dim, false);
  w.key =
      source.linear(attention + "k_proj", h, c.kv_heads * c.head_dim, false);
  w.value =
      source.linear(attention + "v_proj", h, c.kv_heads * c.head_dim, false);
  w.output =
      source.linear(attention + "o_proj", c.heads * c.head_dim, h, false);
  w.mlp_norm.weight =
      source.take(name + "post_attention_layernorm.weight", {h});
  w.gate = source.linear(mlp + "gate_proj", h, c.intermediate_size, false);
  w.up = source.linear(mlp + "up_proj", h, c.intermediate_size, false);
  w.down = source.linear(mlp + "down_proj", c.intermediate_size, h, false);
  return w;
}

DecoderWeights weights(const DecoderConfig& c, WeightSource& source) {
  DecoderWeights w;
  const int64_t h = c.hidden_size;
  w.embedding = source.take("model.embed_tokens.weight", {c.vocab_size, h});
  for (int64_t i = 0; i < c.layers; ++i) {
    w.layers.push_back(layer(c, source, fmt::format("model.layers.{}.", i)));
  }
  w.final_norm.weight = source.take("model.norm.weight", {h});
  w.head = c.tied_head ? w.embedding
                       : source.take("lm_head.weight", {c.vocab_size, h});
  return w;
}

[[maybe_unused]] const bool registered =
    register_family({"llama", config, weights});

}  // namespace
}  // namespace lethe
