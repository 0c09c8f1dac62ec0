// GPT-2: layer norm with bias, learned positions, one product for query, key
// and value, plain tanh-GELU MLP, transposed weights ("Conv1D").
//
// Peer: transformers 5.23.0 models/gpt2, logits to 1e-4 of the largest. The
// hub's older spelling without "transformer." is read too.
#include "harness/model/config.h"
#include "harness/model/families/gpt2_names.h"
#include "harness/model/weights.h"

namespace lethe {
namespace {

DecoderConfig config(const Json& json, const std::string& where) {
  DecoderConfig c = config_sizes(
      json, where,
      {.hidden = "n_embd", .layers = "n_layer", .heads = "n_head"});
  c.head_dim = config_head_dim(c, where);
  c.intermediate_size = config_size(json, "n_inner", where, 4 * c.hidden_size);
  c.max_positions = config_size(json, "n_positions", where, 1024);
  c.norm = Norm::layer;
  c.norm_eps = config_number(json, "layer_norm_epsilon", where, 1e-5);
  c.positions = Positions::learned;
  c.qkv = QkvLayout::concatenated;
  c.qkv_bias = c.output_bias = c.mlp_bias = true;
  c.gated_mlp = false;
  c.activation = json.contains("activation_function")
                     ? config_activation(json, "activation_function", where)
                     : Activation::gelu_tanh;
  c.tied_head = config_flag(json, "tie_word_embeddings", where, true);
  if (!config_flag(json, "scale_attn_weights", where, true))
    c.attention_scale = 1.0;
  c.scale_by_layer =
      config_flag(json, "scale_attn_by_inverse_layer_idx", where, false);
  if (config_flag(json, "add_cross_attention", where, false)) {
    fail_input(where, "\"add_cross_attention\": true is not supported",
               "use a decoder-only checkpoint");
  }
  return c;
}

Linear conv1d(WeightSource& source, const std::string& name, int64_t in,
              int64_t out) {
  Linear w;
  w.weight = source.take(name + ".weight", {in, out});
  w.bias = source.take(name + ".bias", {out});
  w.transposed = true;
  return w;
}

LayerWeights layer(const DecoderConfig& c, WeightSource& source,
                   const std::string& name) {
  const int64_t h = c.hidden_size, inner = c.intermediate_size;
  LayerWeights w;
  w.attention_norm = source.norm(name + "ln_1", h, true);
  w.qkv = conv1d(source, name + "attn.c_attn", h, 3 * h);
  w.output = conv1d(source, name + "attn.c_proj", h, h);
  w.mlp_norm = source.norm(name + "ln_2", h, true);
  w.mlp.up = conv1d(source, name + "mlp.c_fc", h, inner);
  w.mlp.down = conv1d(source, name + "mlp.c_proj", inner, h);
  return w;
}

DecoderWeights weights(const DecoderConfig& c, WeightSource& source) {
  return take_decoder(
      c, source, gpt2_names(source),
      [&](const std::string& name) { return layer(c, source, name); });
}

[[maybe_unused]] const bool registered =
    register_family({"gpt2", config, weights});

}  // namespace
}  // namespace lethe
