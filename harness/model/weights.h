// The weights of a model and where they come from.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "harness/model/config.h"
#include "harness/model/safetensors.h"
#include "harness/tensor/tensor.h"

namespace lethe {

// A LoRA adapter on top of a linear layer: + scale * (up (down x) + bias).
struct Lora {
  Tensor down, up;  // [r, in], [out, r], float32; undefined: no adapter
  Tensor bias;      // [out] or undefined
  double scale = 0;
};

// y = x weight^T + bias. GPT-2 stores the transpose ("Conv1D").
struct Linear {
  Tensor weight;  // [out, in], or [in, out] when transposed
  Tensor bias;    // [out] or undefined
  bool transposed = false;
  Lora lora;

  int64_t in() const { return weight.size(transposed ? 0 : 1); }
  int64_t out() const { return weight.size(transposed ? 1 : 0); }
};

// x weight^T + bias of states [.., in]: [.., out].
Tensor apply(const Linear& linear, const Tensor& states);

Tensor activate(const Tensor& states, Activation activation);

struct NormWeights {
  Tensor weight;  // [H]
  Tensor bias;    // [H] or undefined
};

struct MlpWeights {
  Linear gate;  // unused by a plain MLP
  Linear up;
  Linear gate_up;  // gate, then up, in one product; then the two are unused
  Linear down;
};

// Norms that a family does not have stay empty.
struct LayerWeights {
  NormWeights attention_norm, attention_post_norm;
  NormWeights mlp_norm, mlp_post_norm;
  NormWeights query_norm, key_norm;
  // Either `qkv` (one product for all three) or the three apart.
  Linear qkv;
  Linear query, key, value;
  Linear output;
  MlpWeights mlp;
  Tensor router;                    // [experts, H]
  std::vector<MlpWeights> experts;  // in place of `mlp`

  // Every linear layer there is, the router excepted.
  std::vector<Linear*> linears();
  // Every tensor, undefined ones too, always in the same order.
  std::vector<Tensor*> tensors();
};

// Logits of final hidden states, in float32.
struct Head {
  Tensor weight;       // [V, H]
  Tensor bias;         // [V] or undefined
  double softcap = 0;  // c tanh(z / c); 0: off
};
// [M, V] float32 of states [M, H].
Tensor head_logits(const Head& head, const Tensor& states);
// The same, but in bfloat16 or float16 where the product is rounded to it in
// any case: half the memory to read.
Tensor head_logits_as_made(const Head& head, const Tensor& states);

struct DecoderWeights {
  Tensor embedding;                // [V, H]
  Tensor positions;                // [max_positions + offset, H] or undefined
  Linear project_in, project_out;  // of another embedding size
  std::vector<LayerWeights> layers;
  NormWeights final_norm;
  Head head;  // its weight is the embedding itself when tied

  // Every tensor, undefined ones too, always in the same order.
  std::vector<Tensor*> tensors();
};

using Shape = std::vector<int64_t>;

// Hands out named weights in the compute dtype on the device, checks their
// shapes and remembers every one as a parameter under its stored name.
class WeightSource {
 public:
  // Gives the tensor of a name and shape: from files, or freshly drawn.
  using Fetch = std::function<Tensor(const std::string&, const Shape&)>;
  using Has = std::function<bool(const std::string&)>;
  WeightSource(Fetch fetch, Has has)
      : fetch_(std::move(fetch)), has_(std::move(has)) {}

  Tensor take(const std::string& name, const Shape& shape);
  bool has(const std::string& name) const { return has_(name); }
  // weight [out, in] and, when asked for, bias [out].
  Linear linear(const std::string& name, int64_t in, int64_t out, bool bias);

  // The weight of a norm and, when asked for, its bias, both [size]. Where the
  // files have the old names "gamma" and "beta" in their place, these.
  NormWeights norm(const std::string& name, int64_t size, bool bias);
  // The head: the embedding when tied, else `name`.weight, with its bias.
  Head head(const DecoderConfig& config, const std::string& name,
            const Tensor& embedding);

  // In the order taken.
  const NamedTensors& taken() const { return taken_; }

 private:
  Fetch fetch_;
  Has has_;
  NamedTensors taken_;
};

class ModelFolder;
struct Compute;

// The weights of a folder, which must outlive the source. Those that need no
// conversion stay in the mapped file. `trainable`: own copies that record
// gradients. Its take() throws: input error when a tensor is missing or its
// shape is not the one that config.json says.
WeightSource stored_weights(const ModelFolder& folder, const Compute& compute,
                            bool trainable = false);

// What a family calls the parts around its layers.
struct DecoderNames {
  std::string embedding;   // with ".weight", as the next
  std::string positions;   // empty: none
  std::string layers;      // "model.layers."; followed by "<i>."
  std::string final_norm;  // without ".weight", as the head
  bool norm_bias = false;
  std::string head = "lm_head";
};
// The parts around the layers; `layer` takes those of one, by its prefix.
DecoderWeights take_decoder(
    const DecoderConfig& config, WeightSource& source,
    const DecoderNames& names,
    const std::function<LayerWeights(const std::string& prefix)>& layer);

}  // namespace lethe
