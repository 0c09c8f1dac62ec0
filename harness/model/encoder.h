// An encoder: hidden states of any layer, of rows of different lengths at once
// and without padding, so that no row's numbers depend on its neighbours.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "harness/model/cache.h"
#include "harness/model/encoder_config.h"
#include "harness/model/folder.h"
#include "harness/model/weights.h"
#include "harness/tensor/compute.h"
#include "harness/tensor/tensor.h"

namespace lethe {

// Parts that a family does not have stay undefined.
struct EncoderWeights {
  Tensor embedding;  // [V, E]
  Tensor types;      // [token_types, E]
  Tensor positions;  // [position_rows, E]
  Linear project;    // [H, E], when E is not H
  NormWeights embedding_norm;
  // query, key, value, output, the two norms and mlp.up and mlp.down.
  std::vector<LayerWeights> layers;

  Tensor distances;  // [2 span, H]
  NormWeights distance_norm;
  std::vector<Linear> place_keys;     // a layer; empty: the contents' own
  std::vector<Linear> place_queries;  // likewise
  Tensor convolution;                 // [H, H / groups, width]
  Tensor convolution_bias;            // [H]
  NormWeights convolution_norm;
};

class Distances;

// One text as an encoder reads it.
struct EncoderRow {
  std::vector<int64_t> ids;
  std::vector<int64_t> types;  // as many; empty: all 0
};

// What is made of some tokens' word embeddings before anything is added.
struct EmbeddingFactors {
  Tensor places;   // [M] int64, of the rows' tokens; undefined: none
  Tensor factors;  // [M, E] in the compute dtype
};

class Encoder {
 public:
  // The weights of a folder in the compute dtype on the device. Pooler and
  // heads are left alone. Throws: input error when the family is no encoder's,
  // a tensor is missing or its shape is not what config.json says.
  static std::shared_ptr<const Encoder> load(const ModelFolder& folder,
                                             const Compute& compute);

  // The hidden states [N, H] behind each of these layers, in the compute dtype;
  // 0 is the embeddings, config().layers the last. `types` [N] int64, or
  // undefined: all 0. Nothing is computed above the highest layer. Rows of the
  // same length next to each other share one product of attention. Every row
  // must have passed check().
  std::vector<Tensor> hidden_states(const Ragged& rows, const Tensor& types,
                                    const std::vector<int64_t>& layers,
                                    const EmbeddingFactors& scaled = {}) const;

  // Throws: input error at `where` when the row is empty, longer than the
  // window, or has ids or types that the model does not.
  void check(const EncoderRow& row, const std::string& where) const;

  const EncoderConfig& config() const { return config_; }
  const Tensor& embedding() const { return weights_.embedding; }  // [V, E]
  const Compute& compute() const { return compute_; }
  at::Device device() const { return compute_.device; }
  // Every weight that is used, under its stored name.
  const NamedTensors& parameters() const { return parameters_; }

 private:
  Encoder(EncoderConfig config, const Compute& compute, WeightSource source);
  Tensor norm(const Tensor& states, const NormWeights& weights) const;
  Tensor positions(const Ragged& rows) const;
  Tensor embed(const Ragged& rows, const Tensor& types,
               const EmbeddingFactors& scaled) const;
  Tensor block(const Ragged& rows, const Tensor& states, int64_t layer,
               const Distances* distances) const;
  Tensor convolve(const Ragged& rows, const Tensor& embedded,
                  const Tensor& states) const;

  EncoderConfig config_;
  Compute compute_;
  EncoderWeights weights_;
  NamedTensors parameters_;
};

}  // namespace lethe
