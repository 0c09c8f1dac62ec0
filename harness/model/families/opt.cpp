// OPT: layer norms with bias, learned positions that start at row 2, plain ReLU
// MLP. The 350m model norms behind each residual and has smaller embeddings.
//
// Paper: Zhang et al. 2022, arXiv:2205.01068. Peer: transformers 5.23.0
// models/opt, both forms, logits to 1e-4 of the largest.
#include "harness/model/config.h"
#include "harness/model/weights.h"

namespace lethe {
namespace {

DecoderConfig config(const Json& json, const std::string& where) {
  DecoderConfig c = config_sizes(json, where);
  c.head_dim = config_head_dim(c, where);
  c.intermediate_size = config_size(json, "ffn_dim", where);
  c.max_positions = config_size(json, "max_position_embeddings", where, 2048);
  c.norm = Norm::layer;
  c.norm_weights =
      config_flag(json, "layer_norm_elementwise_affine", where, true);
  const bool before = config_flag(json, "do_layer_norm_before", where, true);
  c.norm_place = before ? NormPlace::before : NormPlace::after_residual;
  c.final_norm =
      before && !config_flag(json, "_remove_final_layer_norm", where, false);
  c.positions = Positions::learned;
  c.position_offset = 2;
  c.qkv_bias = c.output_bias = c.mlp_bias =
      config_flag(json, "enable_bias", where, true);
  c.gated_mlp = false;
  c.activation = named_activation(
      config_string(json, "activation_function", where, "relu"),
      "activation_function", where);
  const int64_t width =
      config_size(json, "word_embed_proj_dim", where, c.hidden_size);
  c.embedding_size = width == c.hidden_size ? 0 : width;
  c.tied_head = config_flag(json, "tie_word_embeddings", where, true);
  return c;
}

NormWeights norm(const DecoderConfig& c, WeightSource& source,
                 const std::string& name) {
  return c.norm_weights ? source.norm(name, c.hidden_size, true)
                        : NormWeights{};
}

LayerWeights layer(const DecoderConfig& c, WeightSource& source,
                   const std::string& name) {
  const int64_t h = c.hidden_size, inner = c.intermediate_size;
  const std::string attention = name + "self_attn.";
  LayerWeights w;
  w.query = source.linear(attention + "q_proj", h, h, c.qkv_bias);
  w.key = source.linear(attention + "k_proj", h, h, c.qkv_bias);
  w.value = source.linear(attention + "v_proj", h, h, c.qkv_bias);
  w.output = source.linear(attention + "out_proj", h, h, c.output_bias);
  w.attention_norm = norm(c, source, name + "self_attn_layer_norm");
  w.mlp.up = source.linear(name + "fc1", h, inner, c.mlp_bias);
  w.mlp.down = source.linear(name + "fc2", inner, h, c.mlp_bias);
  w.mlp_norm = norm(c, source, name + "final_layer_norm");
  return w;
}

DecoderWeights weights(const DecoderConfig& c, WeightSource& source) {
  // Folders of the first release leave "model." out.
  const std::string prefix =
      source.has("decoder.embed_tokens.weight") ? "decoder." : "model.decoder.";
  const DecoderNames names = {.embedding = prefix + "embed_tokens.weight",
                              .positions = prefix + "embed_positions.weight",
                              .layers = prefix + "layers.",
                              .final_norm = prefix + "final_layer_norm",
                              .norm_bias = true};
  DecoderWeights w = take_decoder(
      c, source, names,
      [&](const std::string& name) { return layer(c, source, name); });
  if (const int64_t width = c.embedding_size; width > 0) {
    const int64_t h = c.hidden_size;
    w.project_in = source.linear(prefix + "project_in", width, h, false);
    w.project_out = source.linear(prefix + "project_out", h, width, false);
  }
  return w;
}

[[maybe_unused]] const bool registered =
    register_family({"opt", config, weights});

}  // namespace
}  // namespace lethe
