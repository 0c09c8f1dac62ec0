// AdamW over all weights of a model.
#pragma once

#include <string>

#include "harness/model/weights.h"
#include "harness/train/options.h"

namespace lethe {

// Loshchilov & Hutter 2019, as torch.optim.AdamW with one group: decay on every
// weight. One fused kernel over all tensors.
class AdamW {
 public:
  AdamW(const NamedTensors& parameters, const TrainOptions& options);

  // Clips the gradients to options.clip, applies them at this learning rate and
  // clears them. Returns the gradient norm before clipping; when it is not
  // finite nothing is applied.
  double step(double lr);

  int64_t steps() const { return steps_; }

  // Weights, moments and the number of steps, for checkpoints.
  NamedTensors state() const;
  // Throws: input error when the tensors are not those of this model.
  void restore(const class Safetensors& state, int64_t steps);

 private:
  NamedTensors parameters_;
  TrainOptions options_;
  std::vector<Tensor> exp_avg_, exp_avg_sq_, counts_;
  int64_t steps_ = 0;
};

}  // namespace lethe
