// LoRA adapters as PEFT writes them: adapter_config.json beside
// adapter_model.safetensors.
//
// A linear layer W gets W x + scale B A x, with scale = lora_alpha / r, or
// lora_alpha / sqrt(r) with "use_rslora" (Hu et al., arXiv:2106.09685; PEFT
// 0.18). Whole tensors that an adapter brings along ("modules_to_save", biases)
// replace the model's.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "harness/base/json.h"
#include "harness/model/model.h"
#include "harness/model/safetensors.h"

namespace lethe {

class Adapter {
 public:
  // Throws: usage error if the folder or a file of it is absent; input error,
  // by name, for other methods than LoRA and for forms of it that are not
  // computed (DoRA, PiSSA and other changed bases, adapted experts, alpha
  // patterns that are no plain names).
  explicit Adapter(const std::string& folder);

  const std::string& path() const { return path_; }
  // SHA-256 over the tensors and what of the configuration counts.
  std::string hash() const;

  // The model with this adapter on top, in float32 as PEFT computes it; an
  // adapted embedding or head is merged. `merge`: into the weights, rounded to
  // their dtype. Throws: input error when a tensor of the adapter names nothing
  // in the model, or does not fit it.
  std::shared_ptr<const Model> on(const Model& model, bool merge = false) const;

 private:
  void read_config(const std::string& file);
  void read_tensors();
  double scale_of(const std::string& module, int64_t rank) const;

  std::string path_;
  double alpha_ = 0;
  bool root_ = false;  // scale by the root of the rank
  std::map<std::string, double> alphas_;
  std::shared_ptr<const Safetensors> file_;
  std::map<std::string, Lora> modules_;     // by the module's path
  std::map<std::string, Lora> embeddings_;  // down [r, V], up [H, r]
  std::map<std::string, Tensor> whole_;     // by the tensor's name
};

}  // namespace lethe
