// What the families of BERT spell and name alike.
#pragma once

#include <functional>
#include <string>

#include "harness/model/encoder.h"
#include "harness/model/encoder_config.h"

namespace lethe {

// Sizes, activation, norm epsilon and the rows of the position table by BERT's
// keys. Throws: as encoder_sizes.
EncoderConfig bert_like_config(const Json& json, const std::string& where,
                               double norm_eps);

// Where BERT's blocks have their projections, below "attention.self.".
struct ProjectionNames {
  std::string query = "query";
  std::string key = "key";
  std::string value = "value";
};

// `prefix`, or "" in folders that leave it out.
std::string encoder_prefix(WeightSource& source, const std::string& prefix);

// The tables and the norm below "embeddings.".
void take_embeddings(const EncoderConfig& config, WeightSource& source,
                     const std::string& prefix, EncoderWeights& weights);

// One block, by its prefix "encoder.layer.<i>.".
LayerWeights bert_like_layer(const EncoderConfig& config, WeightSource& source,
                             const std::string& prefix,
                             const ProjectionNames& names = {});

// All of an encoder whose names are BERT's below `prefix`.
EncoderWeights bert_like_weights(const EncoderConfig& config,
                                 WeightSource& source,
                                 const std::string& prefix);

// RoBERTa's forms (roberta, xlm-roberta, camembert): positions start behind the
// padding id. Throws: input error when that is no row of the position table.
EncoderConfig roberta_like_config(const Json& json, const std::string& where);
EncoderWeights roberta_like_weights(const EncoderConfig& config,
                                    WeightSource& source);

}  // namespace lethe
