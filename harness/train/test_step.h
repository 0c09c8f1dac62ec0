// A step without an engine, for tests of objectives.
#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>

#include <map>
#include <string>

#include "harness/plugin/method.h"
#include "harness/train/losses.h"

namespace lethe {

// Gradients add up in the model; `original` (the model itself when null)
// answers for the original one.
class TestStep final : public Step {
 public:
  TestStep(const Model& model, const StepBatches& batches,
           const Model* original = nullptr, const TrainState& state = start())
      : Step(model, batches, state),
        original_(original == nullptr ? model : *original) {}

  void add(const std::string& name, double weight,
           const std::function<Tensor()>& value) override {
    if (weight == 0) return;
    const Tensor term = value();
    (term * weight).backward();
    terms[name] = term.item<double>();
    loss += weight * terms[name];
  }
  Tensor original_logprobs(const Batch& batch) override {
    const at::NoGradGuard no_gradients;
    return sequence_logprobs(original_, batch);
  }
  Tensor original_states(const Batch& batch) override {
    const at::NoGradGuard no_gradients;
    if (layer < 0) return scored_states(original_, batch);
    Ragged rows = batch.rows;
    rows.wanted = batch.scored;
    return original_.states_after(rows, layer);
  }
  const Head& original_head() override { return original_.head_weights(); }
  Tensor original_kl(const Batch& batch) override {
    return mean_kl(model, original_states(batch), original_head(), batch);
  }

  std::map<std::string, double> terms;
  double loss = 0;
  int64_t layer = -1;  // of the method's uses()

 private:
  static const TrainState& start() {
    static const TrainState state{1, 100, 10, {}, {}, false, 0};
    return state;
  }
  const Model& original_;
};

// KL(original || model).
inline Tensor kl_to(const Model& model, const Model& original,
                    const Batch& batch) {
  return TestStep(model, {batch, batch, batch}, &original).original_kl(batch);
}

}  // namespace lethe
