// DistilBERT: BERT without segments, under names of its own. Sinusoidal
// positions are stored like learned ones.
//
// Paper: Sanh et al. 2019, arXiv:1910.01108. Peer: transformers 5.23.0
// models/distilbert, hidden states of every layer to 1e-4 of the largest.
#include "harness/model/families/bert_like.h"

namespace lethe {
namespace {

EncoderConfig config(const Json& json, const std::string& where) {
  EncoderConfig c = encoder_sizes(
      json, where, {.hidden = "dim", .layers = "n_layers", .heads = "n_heads"});
  c.intermediate_size = config_size(json, "hidden_dim", where);
  c.position_rows = config_size(json, "max_position_embeddings", where, 512);
  c.activation = named_activation(
      config_string(json, "activation", where, "gelu"), "activation", where);
  return c;
}

LayerWeights layer(const EncoderConfig& c, WeightSource& source,
                   const std::string& name) {
  const int64_t h = c.hidden_size, inner = c.intermediate_size;
  LayerWeights w;
  w.query = source.linear(name + "attention.q_lin", h, h, true);
  w.key = source.linear(name + "attention.k_lin", h, h, true);
  w.value = source.linear(name + "attention.v_lin", h, h, true);
  w.output = source.linear(name + "attention.out_lin", h, h, true);
  w.attention_norm = source.norm(name + "sa_layer_norm", h, true);
  w.mlp.up = source.linear(name + "ffn.lin1", h, inner, true);
  w.mlp.down = source.linear(name + "ffn.lin2", inner, h, true);
  w.mlp_norm = source.norm(name + "output_layer_norm", h, true);
  return w;
}

EncoderWeights weights(const EncoderConfig& c, WeightSource& source) {
  const std::string prefix = encoder_prefix(source, "distilbert.");
  EncoderWeights w;
  take_embeddings(c, source, prefix, w);
  for (int64_t i = 0; i < c.layers; ++i) {
    w.layers.push_back(
        layer(c, source, fmt::format("{}transformer.layer.{}.", prefix, i)));
  }
  return w;
}

MaskHead mask_head(const EncoderConfig& c, WeightSource& source,
                   const Tensor& embedding) {
  return take_mask_head(c, source, embedding,
                        {.transform = "vocab_transform",
                         .norm = "vocab_layer_norm",
                         .decoder = "vocab_projector",
                         .bias = "vocab_projector.bias"});
}

[[maybe_unused]] const bool registered =
    register_encoder({"distilbert",
                      config,
                      weights,
                      mask_head,
                      {.dense = "pre_classifier",
                       .out = "classifier",
                       .activation = Activation::relu}});

}  // namespace
}  // namespace lethe
