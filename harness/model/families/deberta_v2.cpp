// DeBERTa v2 and v3: BERT with terms between contents and distances in its
// scores (disentangled.h), mostly without a table of positions; some have a
// convolution beside the first block. Version 1 ("deberta") is another form.
//
// Paper: He et al. 2021, arXiv:2006.03654 and arXiv:2111.09543. Peer:
// transformers 5.23.0 models/deberta_v2, hidden states of every layer to 1e-4
// of the largest.
#include <algorithm>
#include <sstream>

#include "harness/model/families/bert_like.h"

namespace lethe {
namespace {

// A list of words, or one string with | between them. Each must be known.
std::vector<std::string> words(const Json& json, const std::string& key,
                               const std::string& where,
                               const std::vector<std::string>& known) {
  std::vector<std::string> found;
  if (!json.contains(key) || json[key].is_null()) return found;
  const Json& value = json[key];
  const Json list = value.is_array() ? value : Json::array({value});
  for (const Json& item : list) {
    if (!item.is_string()) {
      fail_input(where, fmt::format("\"{}\" holds {}", key, item.dump()),
                 "give words");
    }
    std::istringstream parts(item.get<std::string>());
    for (std::string word; std::getline(parts, word, '|');) {
      std::erase(word, ' ');
      std::transform(word.begin(), word.end(), word.begin(), ::tolower);
      if (std::find(known.begin(), known.end(), word) == known.end()) {
        fail_input(where, fmt::format("\"{}\" is \"{}\"", key, word),
                   suggest(word, known));
      }
      found.push_back(word);
    }
  }
  return found;
}

bool among(const std::vector<std::string>& all, const std::string& word) {
  return std::find(all.begin(), all.end(), word) != all.end();
}

// A size, or 0 where the key is absent or below 1.
int64_t size_or_none(const Json& json, const std::string& key,
                     const std::string& where) {
  return config_number(json, key, where, 0) < 1 ? 0
                                                : config_size(json, key, where);
}

RelativeAttention relative(const Json& json, const std::string& where,
                           int64_t positions) {
  RelativeAttention r;
  const int64_t farthest = size_or_none(json, "max_relative_positions", where);
  const int64_t buckets = size_or_none(json, "position_buckets", where);
  r.farthest = farthest > 0 ? farthest : positions;
  r.buckets = buckets > 0;
  r.span = r.buckets ? buckets : r.farthest;
  if (r.buckets && (buckets < 2 || r.farthest - 1 <= buckets / 2)) {
    fail_input(where,
               fmt::format("{} position buckets for {} relative positions",
                           buckets, r.farthest),
               "check position_buckets and max_relative_positions");
  }
  r.shared = config_flag(json, "share_att_key", where, false);
  r.norm = among(words(json, "norm_rel_ebd", where, {"none", "layer_norm"}),
                 "layer_norm");
  return r;
}

void read_convolution(const Json& json, const std::string& where,
                      EncoderConfig& c) {
  c.convolution = size_or_none(json, "conv_kernel_size", where);
  if (c.convolution == 0) return;
  c.convolution_groups = config_size(json, "conv_groups", where, 1);
  if (c.convolution % 2 == 0 || c.hidden_size % c.convolution_groups != 0) {
    fail_input(where,
               fmt::format("a convolution of width {} in {} groups",
                           c.convolution, c.convolution_groups),
               "the width must be odd and the groups divide hidden_size");
  }
  c.convolution_activation = named_activation(
      config_string(json, "conv_act", where, "tanh"), "conv_act", where);
}

EncoderConfig config(const Json& json, const std::string& where) {
  EncoderConfig c = bert_like_config(json, where, 1e-7);
  const int64_t head_dim =
      config_size(json, "attention_head_size", where, c.head_dim());
  if (head_dim != c.head_dim()) {
    fail_input(where,
               fmt::format("\"attention_head_size\" is {}, hidden_size over "
                           "heads is {}",
                           head_dim, c.head_dim()),
               "only equal ones are supported");
  }
  const std::vector<std::string> terms =
      words(json, "pos_att_type", where, {"c2p", "p2c"});
  const bool c2p = among(terms, "c2p"), p2c = among(terms, "p2c");
  c.score_parts = 1 + (c2p ? 1 : 0) + (p2c ? 1 : 0);
  if (config_flag(json, "relative_attention", where, false)) {
    c.relative = relative(json, where, c.position_rows);
    c.relative.query_to_place = c2p;
    c.relative.key_to_place = p2c;
  }
  if (!config_flag(json, "position_biased_input", where, true)) {
    c.position_rows = 0;
  }
  c.token_types = size_or_none(json, "type_vocab_size", where);
  const int64_t width =
      config_size(json, "embedding_size", where, c.hidden_size);
  c.embedding_size = width == c.hidden_size ? 0 : width;
  read_convolution(json, where, c);
  return c;
}

void take_relative(const EncoderConfig& c, WeightSource& source,
                   const std::string& prefix, EncoderWeights& w) {
  const RelativeAttention& r = c.relative;
  const int64_t h = c.hidden_size;
  if (!r.query_to_place && !r.key_to_place) return;
  w.distances =
      source.take(prefix + "encoder.rel_embeddings.weight", {2 * r.span, h});
  if (r.norm) {
    w.distance_norm = source.norm(prefix + "encoder.LayerNorm", h, true);
  }
  for (int64_t i = 0; i < c.layers && !r.shared; ++i) {
    const std::string own =
        fmt::format("{}encoder.layer.{}.attention.self.", prefix, i);
    if (r.query_to_place) {
      w.place_keys.push_back(source.linear(own + "pos_key_proj", h, h, true));
    }
    if (r.key_to_place) {
      w.place_queries.push_back(
          source.linear(own + "pos_query_proj", h, h, true));
    }
  }
}

EncoderWeights weights(const EncoderConfig& c, WeightSource& source) {
  const std::string prefix = encoder_prefix(source, "deberta.");
  EncoderWeights w;
  take_embeddings(c, source, prefix, w);
  for (int64_t i = 0; i < c.layers; ++i) {
    w.layers.push_back(bert_like_layer(
        c, source, fmt::format("{}encoder.layer.{}.", prefix, i),
        {.query = "query_proj", .key = "key_proj", .value = "value_proj"}));
  }
  take_relative(c, source, prefix, w);
  if (c.convolution > 0) {
    const std::string name = prefix + "encoder.conv.";
    const int64_t h = c.hidden_size;
    w.convolution = source.take(name + "conv.weight",
                                {h, h / c.convolution_groups, c.convolution});
    w.convolution_bias = source.take(name + "conv.bias", {h});
    w.convolution_norm = source.norm(name + "LayerNorm", h, true);
  }
  return w;
}

// BERT's names ("legacy"), or those of the authors' own code, whose decoder is
// always the embedding.
MaskHead mask_head(const EncoderConfig& c, WeightSource& source,
                   const Tensor& embedding) {
  if (source.has("cls.predictions.transform.dense.weight")) {
    return bert_mask_head(c, source, embedding);
  }
  EncoderConfig tied = c;
  tied.tied_head = true;
  const std::string name = "lm_predictions.lm_head.";
  return take_mask_head(tied, source, embedding,
                        {.transform = name + "dense",
                         .norm = name + "LayerNorm",
                         .decoder = name + "decoder",
                         .bias = name + "bias"});
}

[[maybe_unused]] const bool registered =
    register_encoder({"deberta-v2",
                      config,
                      weights,
                      mask_head,
                      {.dense = "pooler.dense",
                       .out = "classifier",
                       .activation = Activation::gelu,
                       .activation_key = "pooler_hidden_act"}});

}  // namespace
}  // namespace lethe
