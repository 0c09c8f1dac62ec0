#include "harness/model/families/llama_like.h"

namespace lethe {
namespace {

int64_t head_size(const Json& json, const std::string& where,
                  const DecoderConfig& c, const LlamaDefaults& d) {
  if (json.contains("head_dim") && !json["head_dim"].is_null()) {
    return config_size(json, "head_dim", where);
  }
  return d.head_dim > 0 ? d.head_dim : config_head_dim(c, where);
}

MlpWeights mlp(const DecoderConfig& c, WeightSource& source,
               const std::string& gate, const std::string& up,
               const std::string& down) {
  const int64_t h = c.hidden_size, inner = c.intermediate_size;
  MlpWeights w;
  w.gate = source.linear(gate, h, inner, c.mlp_bias);
  w.up = source.linear(up, h, inner, c.mlp_bias);
  w.down = source.linear(down, inner, h, c.mlp_bias);
  return w;
}

void take_norms(const DecoderConfig& c, WeightSource& source,
                const std::string& name, LayerWeights& w) {
  if (!c.norm_weights) return;
  const int64_t h = c.hidden_size;
  const auto norm = [&](const char* which) {
    return source.norm(name + which, h, false);
  };
  switch (c.norm_place) {
    case NormPlace::before:
      w.attention_norm = norm("input_layernorm");
      w.mlp_norm = norm("post_attention_layernorm");
      return;
    case NormPlace::both:
      w.attention_norm = norm("input_layernorm");
      w.mlp_norm = norm("pre_feedforward_layernorm");
      [[fallthrough]];
    default:
      w.attention_post_norm = norm("post_attention_layernorm");
      w.mlp_post_norm = norm("post_feedforward_layernorm");
  }
}

void take_attention(const DecoderConfig& c, WeightSource& source,
                    const std::string& name, LayerWeights& w) {
  const int64_t h = c.hidden_size, d = c.head_dim;
  const int64_t queries = c.heads * d, keys = c.kv_heads * d;
  if (c.qkv == QkvLayout::concatenated) {
    w.qkv = source.linear(name + "qkv_proj", h, queries + 2 * keys, c.qkv_bias);
  } else {
    w.query = source.linear(name + "q_proj", h, queries, c.qkv_bias);
    w.key = source.linear(name + "k_proj", h, keys, c.qkv_bias);
    w.value = source.linear(name + "v_proj", h, keys, c.qkv_bias);
  }
  w.output = source.linear(name + "o_proj", queries, h, c.output_bias);
  if (c.query_norm == QueryNorm::none) return;
  const bool whole = c.query_norm == QueryNorm::whole;
  w.query_norm = source.norm(name + "q_norm", whole ? queries : d, false);
  w.key_norm = source.norm(name + "k_norm", whole ? keys : d, false);
}

// Mixtral's names: w1 is the gate, w3 the up and w2 the down projection.
void take_experts(const DecoderConfig& c, WeightSource& source,
                  const std::string& name, LayerWeights& w) {
  w.router = source.take(name + "gate.weight", {c.experts, c.hidden_size});
  for (int64_t e = 0; e < c.experts; ++e) {
    const std::string one = fmt::format("{}experts.{}.", name, e);
    w.experts.push_back(mlp(c, source, one + "w1", one + "w3", one + "w2"));
  }
}

LayerWeights layer(const DecoderConfig& c, WeightSource& source,
                   const std::string& name) {
  LayerWeights w;
  take_norms(c, source, name, w);
  take_attention(c, source, name + "self_attn.", w);
  if (c.experts > 0) {
    take_experts(c, source, name + "block_sparse_moe.", w);
  } else if (c.fused_gate) {
    w.mlp.gate_up = source.linear(name + "mlp.gate_up_proj", c.hidden_size,
                                  2 * c.intermediate_size, c.mlp_bias);
    w.mlp.down = source.linear(name + "mlp.down_proj", c.intermediate_size,
                               c.hidden_size, c.mlp_bias);
  } else {
    w.mlp = mlp(c, source, name + "mlp.gate_proj", name + "mlp.up_proj",
                name + "mlp.down_proj");
  }
  return w;
}

}  // namespace

DecoderConfig llama_like_config(const Json& json, const std::string& where,
                                const LlamaDefaults& d) {
  DecoderConfig c = config_sizes(json, where);
  const bool null = json.contains("num_key_value_heads") &&
                    json["num_key_value_heads"].is_null();
  c.kv_heads = config_size(json, "num_key_value_heads", where,
                           d.kv_heads == 0 || null ? c.heads : d.kv_heads);
  c.head_dim = head_size(json, where, c, d);
  c.intermediate_size = config_size(json, "intermediate_size", where);
  c.max_positions =
      config_size(json, "max_position_embeddings", where, d.max_positions);
  c.norm_eps = config_number(json, "rms_norm_eps", where, d.norm_eps);
  c.rope = rope_from_json(json, where, c.head_dim, c.max_positions, d.rope);
  c.max_positions = rope_window(c.rope, c.max_positions);
  c.activation = named_activation(
      config_string(json, d.activation_key, where, d.activation),
      d.activation_key, where);
  c.tied_head = config_flag(json, "tie_word_embeddings", where, d.tied_head);
  return c;
}

DecoderWeights llama_like_weights(const DecoderConfig& c,
                                  WeightSource& source) {
  const DecoderNames names = {.embedding = "model.embed_tokens.weight",
                              .positions = "",
                              .layers = "model.layers.",
                              .final_norm = "model.norm"};
  return take_decoder(c, source, names, [&](const std::string& name) {
    return layer(c, source, name);
  });
}

std::vector<int64_t> layer_windows(const Json& json, const std::string& where,
                                   int64_t layers, int64_t window,
                                   const std::function<bool(int64_t)>& slides) {
  if (window == 0) return {};
  std::vector<int64_t> windows;
  const bool named =
      json.contains("layer_types") && !json["layer_types"].is_null();
  if (named && (!json["layer_types"].is_array() ||
                static_cast<int64_t>(json["layer_types"].size()) != layers)) {
    fail_input(where, "\"layer_types\" does not name every layer",
               fmt::format("list {} types", layers));
  }
  for (int64_t i = 0; i < layers; ++i) {
    bool sliding = !named && slides(i);
    if (named) {
      const Json& type = json["layer_types"][static_cast<size_t>(i)];
      sliding = type == "sliding_attention";
      if (!sliding && type != "full_attention") {
        fail_input(where, "layer type " + type.dump() + " is not supported",
                   "supported: full_attention, sliding_attention");
      }
    }
    windows.push_back(sliding ? window : 0);
  }
  return windows;
}

int64_t sliding_window(const Json& json, const std::string& where,
                       int64_t fallback) {
  if (!json.contains("sliding_window")) return fallback;
  if (json["sliding_window"].is_null()) return 0;
  return config_size(json, "sliding_window", where);
}

std::vector<int64_t> same_windows(const Json& json, const std::string& where,
                                  int64_t layers, int64_t fallback) {
  const int64_t window = sliding_window(json, where, fallback);
  if (window == 0) return {};
  return std::vector<int64_t>(static_cast<size_t>(layers), window);
}

std::vector<int64_t> upper_windows(const Json& json, const std::string& where,
                                   int64_t layers) {
  const bool slides = config_flag(json, "use_sliding_window", where, false);
  const double full = config_number(json, "max_window_layers", where, 28);
  return layer_windows(
      json, where, layers, slides ? sliding_window(json, where, 4096) : 0,
      [&](int64_t layer) { return static_cast<double>(layer) >= full; });
}

void read_attention_bias(const Json& json, const std::string& where,
                         DecoderConfig& config) {
  config.qkv_bias = config.output_bias =
      config_flag(json, "attention_bias", where, false);
}

void refuse_bidirectional(const Json& json, const std::string& where) {
  if (config_flag(json, "use_bidirectional_attention", where, false)) {
    fail_input(where, "\"use_bidirectional_attention\": true is not supported",
               "use a causal model");
  }
}

}  // namespace lethe
