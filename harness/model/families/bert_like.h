// What the families of BERT spell and name alike.
#pragma once

#include <functional>
#include <string>

#include "harness/model/encoder.h"
#include "harness/model/encoder_config.h"
#include "harness/model/masked_lm.h"

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

// What a masked language model's head is called in a folder.
struct MaskHeadNames {
  std::string transform, norm;  // without ".weight"
  std::string decoder;          // likewise; only where it is not tied
  std::string bias;             // with all; of an untied decoder: its own
};

// The head by its names; all undefined where the folder has none.
MaskHead take_mask_head(const EncoderConfig& config, WeightSource& source,
                        const Tensor& embedding, const MaskHeadNames& names);
// As BERT has it, below "cls.predictions.".
MaskHead bert_mask_head(const EncoderConfig& config, WeightSource& source,
                        const Tensor& embedding);

// RoBERTa's forms (roberta, xlm-roberta, camembert): positions start behind the
// padding id. Throws: input error when that is no row of the position table.
EncoderConfig roberta_like_config(const Json& json, const std::string& where);
EncoderWeights roberta_like_weights(const EncoderConfig& config,
                                    WeightSource& source);
MaskHead roberta_mask_head(const EncoderConfig& config, WeightSource& source,
                           const Tensor& embedding);
ClassHeadNames roberta_class_head();

}  // namespace lethe
