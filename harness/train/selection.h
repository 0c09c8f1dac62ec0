// Which weights are trained.
#pragma once

#include <string>
#include <vector>

#include "harness/model/model.h"
#include "harness/train/batch.h"
#include "harness/train/options.h"

namespace lethe {

// Whether options.train_layers and options.train_modules leave the weight of
// this name trainable.
bool is_selected(const std::string& name, const TrainOptions& options);

// Leaves only the weights of options.train_layers and options.train_modules
// trainable. Throws: usage error, with what there is, when they name nothing.
void select_trainable(Model& model, const TrainOptions& options);

// The weights that record gradients, LoRA's matrices among them.
NamedTensors trained_parameters(const Model& model);

// Updates of those weights only on which the loss on the forget set depends
// most: modules (SURE: Zhang et al. 2024, arXiv:2410.16454) or single weights
// (SalUn: Fan et al. 2023, arXiv:2310.12508).
class Saliency {
 public:
  // The gradient of the mean NLL over all rows of `data` (nats a token)
  // decides, one pass over them. With unit "module" a module is one stored
  // tensor with its bias, and those below the percentile of all modules'
  // gradient norms are no longer trainable; with "weight" it is each weight's
  // absolute gradient among all weights. Does nothing at percentile 0.
  Saliency(Model& model, const TrainingSet& data, const TrainOptions& options);

  // Clears the gradients of weights that stay as they are. To be called before
  // each step of the optimiser.
  void mask_gradients() const;

  int64_t kept() const { return kept_; }  // weights that are trained

 private:
  void keep_modules(Model& model, double percentile);
  void keep_weights(Model& model, double percentile);

  NamedTensors masks_;  // by parameter, bool; empty: none are masked
  std::vector<Tensor> parameters_;
  int64_t kept_ = 0;
};

}  // namespace lethe
