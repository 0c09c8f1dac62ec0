// The weights of a decoder and where they come from.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "harness/model/safetensors.h"
#include "harness/tensor/tensor.h"

namespace lethe {

// y = x weight^T + bias. GPT-2 stores the transpose ("Conv1D").
struct Linear {
  Tensor weight;  // [out, in], or [in, out] when transposed
  Tensor bias;    // [out] or undefined
  bool transposed = false;
};

struct NormWeights {
  Tensor weight;  // [H]
  Tensor bias;    // [H] or undefined
};

struct LayerWeights {
  NormWeights attention_norm;
  NormWeights mlp_norm;
  // Either `qkv` (one product for all three) or the three apart.
  Linear qkv;
  Linear query, key, value;
  Linear output;
  Linear gate;  // unused by a plain MLP
  Linear up;
  Linear down;
};

struct DecoderWeights {
  Tensor embedding;  // [V, H]
  Tensor positions;  // [max_positions, H] or undefined
  std::vector<LayerWeights> layers;
  NormWeights final_norm;
  Tensor head;  // [V, H]; the embedding itself when tied
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

  // In the order taken.
  const NamedTensors& taken() const { return taken_; }

 private:
  Fetch fetch_;
  Has has_;
  NamedTensors taken_;
};

}  // namespace lethe
