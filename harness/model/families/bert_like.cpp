#include "harness/model/families/bert_like.h"

namespace lethe {

EncoderConfig bert_like_config(const Json& json, const std::string& where,
                               double norm_eps) {
  EncoderConfig c = encoder_sizes(json, where);
  c.intermediate_size = config_size(json, "intermediate_size", where);
  c.position_rows = config_size(json, "max_position_embeddings", where, 512);
  c.norm_eps = config_number(json, "layer_norm_eps", where, norm_eps);
  c.activation = named_activation(
      config_string(json, "hidden_act", where, "gelu"), "hidden_act", where);
  return c;
}

std::string encoder_prefix(WeightSource& source, const std::string& prefix) {
  return source.has("embeddings.word_embeddings.weight") ? "" : prefix;
}

void take_embeddings(const EncoderConfig& c, WeightSource& source,
                     const std::string& prefix, EncoderWeights& w) {
  const std::string name = prefix + "embeddings.";
  const int64_t width = c.embedding_size > 0 ? c.embedding_size : c.hidden_size;
  w.embedding =
      source.take(name + "word_embeddings.weight", {c.vocab_size, width});
  if (c.position_rows > 0) {
    w.positions = source.take(name + "position_embeddings.weight",
                              {c.position_rows, width});
  }
  if (c.token_types > 0) {
    w.types = source.take(name + "token_type_embeddings.weight",
                          {c.token_types, width});
  }
  if (width != c.hidden_size) {
    w.project = source.linear(name + "embed_proj", width, c.hidden_size, false);
  }
  w.embedding_norm = source.norm(name + "LayerNorm", c.hidden_size, true);
}

LayerWeights bert_like_layer(const EncoderConfig& c, WeightSource& source,
                             const std::string& prefix,
                             const ProjectionNames& names) {
  const int64_t h = c.hidden_size, inner = c.intermediate_size;
  const std::string own = prefix + "attention.self.";
  LayerWeights w;
  w.query = source.linear(own + names.query, h, h, true);
  w.key = source.linear(own + names.key, h, h, true);
  w.value = source.linear(own + names.value, h, h, true);
  w.output = source.linear(prefix + "attention.output.dense", h, h, true);
  w.attention_norm =
      source.norm(prefix + "attention.output.LayerNorm", h, true);
  w.mlp.up = source.linear(prefix + "intermediate.dense", h, inner, true);
  w.mlp.down = source.linear(prefix + "output.dense", inner, h, true);
  w.mlp_norm = source.norm(prefix + "output.LayerNorm", h, true);
  return w;
}

EncoderWeights bert_like_weights(const EncoderConfig& c, WeightSource& source,
                                 const std::string& prefix) {
  EncoderWeights w;
  take_embeddings(c, source, prefix, w);
  for (int64_t i = 0; i < c.layers; ++i) {
    w.layers.push_back(bert_like_layer(
        c, source, fmt::format("{}encoder.layer.{}.", prefix, i)));
  }
  return w;
}

MaskHead take_mask_head(const EncoderConfig& c, WeightSource& source,
                        const Tensor& embedding, const MaskHeadNames& names) {
  MaskHead head;
  if (!source.has(names.transform + ".weight")) return head;
  const int64_t width = embedding.size(1);
  head.transform = source.linear(names.transform, c.hidden_size, width, true);
  head.activation = c.activation;
  head.norm = source.norm(names.norm, width, true);
  // The decoder's own bias is a second name of the other one while it is tied.
  const std::string own = names.decoder + ".bias";
  const bool other =
      source.has(own) && (!c.tied_head || !source.has(names.bias));
  head.decoder.weight = c.tied_head ? embedding
                                    : source.take(names.decoder + ".weight",
                                                  {c.vocab_size, width});
  head.decoder.bias = source.take(other ? own : names.bias, {c.vocab_size});
  return head;
}

MaskHead bert_mask_head(const EncoderConfig& c, WeightSource& source,
                        const Tensor& embedding) {
  return take_mask_head(c, source, embedding,
                        {.transform = "cls.predictions.transform.dense",
                         .norm = "cls.predictions.transform.LayerNorm",
                         .decoder = "cls.predictions.decoder",
                         .bias = "cls.predictions.bias"});
}

EncoderConfig roberta_like_config(const Json& json, const std::string& where) {
  EncoderConfig c = bert_like_config(json, where, 1e-12);
  c.token_types = config_size(json, "type_vocab_size", where, 2);
  c.padding_id = json.contains("pad_token_id")
                     ? require_int(json, "pad_token_id", where)
                     : 1;
  if (*c.padding_id < 0 || *c.padding_id >= c.position_rows) {
    fail_input(where,
               fmt::format("\"pad_token_id\" is {}, there are {} positions",
                           *c.padding_id, c.position_rows),
               "check pad_token_id and max_position_embeddings");
  }
  return c;
}

EncoderWeights roberta_like_weights(const EncoderConfig& c,
                                    WeightSource& source) {
  return bert_like_weights(c, source, encoder_prefix(source, "roberta."));
}

MaskHead roberta_mask_head(const EncoderConfig& c, WeightSource& source,
                           const Tensor& embedding) {
  MaskHead head = take_mask_head(c, source, embedding,
                                 {.transform = "lm_head.dense",
                                  .norm = "lm_head.layer_norm",
                                  .decoder = "lm_head.decoder",
                                  .bias = "lm_head.bias"});
  head.activation = Activation::gelu;  // whatever hidden_act says
  return head;
}

ClassHeadNames roberta_class_head() {
  return {.dense = "classifier.dense", .out = "classifier.out_proj"};
}

}  // namespace lethe
