// A decoder with two primitives, `hidden` and `head`; logits, log-probs and
// generation are free functions on them.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "harness/model/cache.h"
#include "harness/model/config.h"
#include "harness/model/folder.h"
#include "harness/model/weights.h"
#include "harness/tensor/compute.h"
#include "harness/tensor/tensor.h"

namespace lethe {

struct MlpState;

class Model {
 public:
  virtual ~Model() = default;

  // The weights of a folder in the compute dtype on the device. They stay in
  // the mapped file where nothing has to be converted; what is converted is
  // tensor by tensor, and the file's pages are given back.
  // `trainable`: own copies that record gradients.
  // Throws: input error when a tensor is missing or its shape is not what
  // config.json says.
  static std::shared_ptr<Model> load(const ModelFolder& folder,
                                     const Compute& compute,
                                     bool trainable = false);

  // Fresh weights as transformers initialises them: normal with
  // initializer_range, norms one, biases zero. The same seed gives the same
  // weights.
  static std::shared_ptr<Model> create(const Json& config_json,
                                       const Compute& compute, uint64_t seed);

  // Final hidden states [N, H] of every token ([M, H] of rows.wanted), after
  // the last norm, in the compute dtype. Rows attend to their parent segments,
  // their suffix and themselves; `cache` may be null. Records gradients when
  // the weights do and no cache is given. Positions must lie below
  // config().max_positions.
  virtual Tensor hidden(const Ragged& rows, Cache* cache = nullptr) const;

  // States [N, H] after the first `layers` of the blocks ([M, H] of
  // rows.wanted), without the last norm. Records gradients as hidden() does.
  Tensor states_after(const Ragged& rows, int64_t layers) const;

  // The two halves of a pass that is cut at the down projection of one block's
  // MLP: mlp_state.h.
  MlpState mlp_state(const Ragged& rows, int64_t layer) const;
  Tensor hidden_from(const Ragged& rows, int64_t layer, const MlpState& state,
                     const Tensor& outputs) const;

  // Logits [M, V], float32, of hidden states [M, H].
  virtual Tensor head(const Tensor& states) const;

  // A cache for hidden(), with nothing in it.
  virtual Cache new_cache() const { return Cache(config_); }

  // How many networks compute the logits. More than one (ensemble.h): there
  // are no weights(), parameters(), head_weights(), states_after() or
  // gradients, and what hidden() gives is of use to head() alone.
  virtual int64_t networks() const { return 1; }

  // A model that shares every tensor with this one except those that `change`
  // replaces.
  std::shared_ptr<const Model> with_weights(
      const std::function<void(DecoderWeights&)>& change) const;
  // The same for the weights of the linear layers of its blocks, of every
  // network.
  virtual std::shared_ptr<const Model> with_linear_weights(
      const std::function<Tensor(const Linear&)>& change) const;

  // Whether a backward pass computes the inside of each block again in place of
  // keeping it: a third more time, memory of one block and its inputs.
  void recompute_blocks(bool wanted) { recompute_blocks_ = wanted; }

  const DecoderConfig& config() const { return config_; }
  const Compute& compute() const { return compute_; }
  at::Device device() const { return compute_.device; }
  // The head, for losses that work in chunks.
  const Head& head_weights() const { return weights_.head; }
  const DecoderWeights& weights() const { return weights_; }
  // Every weight under its stored name; a tied head only once.
  const NamedTensors& parameters() const { return parameters_; }

 protected:
  // Without weights, for models that others compute.
  Model(DecoderConfig config, const Compute& compute)
      : config_(std::move(config)), compute_(compute) {}

 private:
  Model(DecoderConfig config, const Compute& compute, WeightSource source);
  void lay_out_for_products(const ModelFolder& folder);
  void change_weights(const std::function<void(DecoderWeights&)>& change);
  struct Projected {
    Tensor query, key, value;  // [N, heads, D], [N, KV, D] twice
  };
  Tensor norm(const Tensor& states, const NormWeights& weights) const;
  Tensor embed(const Ragged& rows) const;
  Projected project(const Tensor& states, const LayerWeights& weights) const;
  Tensor attention(const Ragged& rows, const Tensor& states, int64_t layer,
                   const Tensor& turns, Cache* cache) const;
  Tensor mlp_keys(const Tensor& states, const MlpWeights& weights) const;
  Tensor mlp(const Tensor& states, const MlpWeights& weights) const;
  Tensor experts(const Tensor& states, const LayerWeights& weights) const;
  struct Halfway {
    Tensor stream;  // what the MLP's output is added to
    Tensor input;   // what the MLP is given
  };
  // A block's attention. Of the last layer only the wanted rows, as block().
  Halfway attended(const Ragged& rows, const Tensor& states, int64_t layer,
                   const Tensor& turns, Cache* cache) const;
  // The block's output: `outputs` of its MLP added to the stream.
  Tensor joined(int64_t layer, const Tensor& stream,
                const Tensor& outputs) const;
  Tensor block(const Ragged& rows, const Tensor& states, int64_t layer,
               const Tensor& turns, Cache* cache) const;
  // The states after `layers` blocks of all rows' tokens; after the last block
  // of the wanted.
  Tensor blocks(const Ragged& rows, int64_t layers, Cache* cache) const;
  // The rotations of positions, undefined without.
  Tensor turns_of(const Ragged& rows) const;
  // What the head reads of the states after the last block.
  Tensor finished(const Tensor& states) const;

  DecoderConfig config_;
  Compute compute_;
  DecoderWeights weights_;
  NamedTensors parameters_;
  Tensor frequencies_;  // of rotary positions, [dim / 2]; or undefined
  bool recompute_blocks_ = false;
};

// Logits [N, V], float32, of every token of the rows.
Tensor logits(const Model& model, const Ragged& rows);

// Writes `model` to `out` as a folder that transformers loads: the same tensor
// names, shapes and dtypes as `source`, its config.json, generation config and
// tokenizer files. Weights over 5 GB are sharded.
void save_model(const Model& model, const ModelFolder& source,
                const std::string& out);

// As above for a model without a source folder: config.json is `config`, the
// tokenizer files come from `tokenizer_folder` (may be empty).
void save_new_model(const Model& model, const Json& config,
                    const std::string& tokenizer_folder,
                    const std::string& out);

}  // namespace lethe
