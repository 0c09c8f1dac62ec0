// LoRA in training: small matrices on linear layers that stay as they are.
//
//   y = W x + alpha / rank * B A x,  A [rank, in] uniform, B [out, rank] zero
//
// Hu et al. 2021, arXiv:2106.09685; A, B and the files as PEFT 0.18 has them.
#pragma once

#include <memory>
#include <string>

#include "harness/model/model.h"
#include "harness/train/options.h"

namespace lethe {

// A model that shares the weights of `base`, which should record no gradients,
// with matrices of options.lora_rank on the layers that options.lora_targets
// names, float32, recording gradients. Says what `base` says. Throws: usage
// error with near names when a target names no layer.
std::shared_ptr<Model> with_lora(const Model& base,
                                 const TrainOptions& options);

// Whether the stored weight of this name and shape is a layer that gets them.
bool has_lora(const std::string& name, const Shape& shape,
              const TrainOptions& options);

// The matrices as PEFT names them: "MODULE.lora_A.weight", "MODULE.lora_B
// .weight", without its prefix. Empty for a model without.
NamedTensors lora_parameters(const Model& model);

// The model with its matrices added to its weights, on the CPU: to be written.
std::shared_ptr<const Model> merged(const Model& model);

// Writes `out` as a folder that PEFT loads on top of `base`.
void save_adapter(const Model& model, const TrainOptions& options,
                  const std::string& base, const std::string& out);

}  // namespace lethe
