// An encoder described by data: blocks with a norm behind each residual, whose
// tokens see their whole text.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "harness/base/json.h"
#include "harness/model/config.h"

namespace lethe {

// DeBERTa's terms between contents and distances; see disentangled.h.
struct RelativeAttention {
  int64_t span = 0;      // distances have rows 0 .. 2 span - 1; 0: no terms
  bool buckets = false;  // distances beyond span / 2 share rows, in logarithms
  int64_t farthest = 0;  // with buckets: the distance of the last row
  bool query_to_place = false;  // "c2p"
  bool key_to_place = false;    // "p2c"
  bool shared = false;          // the projections are those of the contents
  bool norm = false;            // of the table
};

struct EncoderConfig {
  std::string model_type;
  int64_t vocab_size = 0;
  int64_t hidden_size = 0;
  int64_t layers = 0;
  int64_t heads = 0;  // hidden_size % heads == 0
  int64_t intermediate_size = 0;
  int64_t embedding_size = 0;  // projected to hidden_size; 0: the same
  int64_t token_types = 0;     // segments of a text and its pair; 0: none
  int64_t position_rows = 0;   // 0: no table of positions
  // Positions start behind this id and pass over tokens that are it.
  std::optional<int64_t> padding_id;
  double norm_eps = 1e-12;
  Activation activation = Activation::gelu;
  bool tied_head = true;  // a masked language model's decoder: the embedding

  double score_parts = 1;  // scores are divided by sqrt(score_parts head_dim)
  RelativeAttention relative;
  int64_t convolution = 0;  // width over the embeddings, odd; 0: none
  int64_t convolution_groups = 1;
  Activation convolution_activation = Activation::tanh;

  int64_t head_dim() const { return hidden_size / heads; }
  // Tokens that a text may have, padding left out where positions pass over
  // it; 0: any number.
  int64_t window() const {
    return position_rows - (padding_id ? *padding_id + 1 : 0);
  }
};

// config.json of an encoder's folder.
// Throws: as read_config, for encoders.
EncoderConfig read_encoder_config(const std::string& folder);

// As above for a config.json alone.
EncoderConfig encoder_config_from_json(const Json& json,
                                       const std::string& where);

struct EncoderWeights;
struct MaskHead;

// What a family calls the head of its sequence classifier, which reads the
// first token's last state h: out(activation(dense(h))). Names are without
// ".weight"; empty: not known.
struct ClassHeadNames {
  std::string dense, out;
  Activation activation = Activation::tanh;
  std::string activation_key = {};  // of config.json, if it may say another
};

// As Family, for encoders: one file each in model/families/.
struct EncoderFamily {
  std::string model_type;
  std::function<EncoderConfig(const Json&, const std::string& where)> config;
  std::function<EncoderWeights(const EncoderConfig&, WeightSource&)> weights;
  // The head of its masked language model over the word embedding [V, E]; null:
  // not known.
  std::function<MaskHead(const EncoderConfig&, WeightSource&,
                         const Tensor& embedding)>
      mask_head;
  ClassHeadNames class_head;
};

bool register_encoder(EncoderFamily family);
bool is_encoder(const std::string& model_type);
// Throws: input error with near names; for a decoder, that it is one.
const EncoderFamily& find_encoder(const std::string& model_type,
                                  const std::string& where);
std::vector<std::string> encoder_names();

// For families: vocab_size, sizes by their keys, and the refusal of what would
// change the numbers (causal masks, relative keys, pruned heads).
EncoderConfig encoder_sizes(const Json& json, const std::string& where,
                            const SizeKeys& keys = {});

}  // namespace lethe
