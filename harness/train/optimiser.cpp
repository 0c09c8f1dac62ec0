#include "harness/train/optimiser.h"

#include <cmath>

#include "harness/tensor/ops.h"

namespace lethe {

AdamW::AdamW(const NamedTensors& parameters, const TrainOptions& options)
    : parameters_(parameters), options_(options) {
  for (const auto& [name, weight] : parameters_) {
    exp_avg_.push_back(at::zeros_like(weight.detach()));
    exp_avg_sq_.push_back(at::zeros_like(weight.detach()));
    counts_.push_back(
        at::zeros({}, weight.options().dtype(at::kFloat).requires_grad(false)));
  }
}

double AdamW::step(double lr) {
  const at::NoGradGuard guard;
  std::vector<Tensor> weights, gradients;
  for (const auto& [name, weight] : parameters_) {
    Tensor gradient = weight.grad();
    if (!gradient.defined()) gradient = at::zeros_like(weight.detach());
    weights.push_back(weight.detach());  // shares the storage
    gradients.push_back(gradient);
  }
  const std::vector<Tensor> norms = at::_foreach_norm(gradients, 2);
  const double norm =
      at::linalg_vector_norm(at::stack(norms).to(at::kFloat)).item<double>();
  if (std::isfinite(norm)) {
    if (options_.clip > 0 && norm > options_.clip) {
      at::_foreach_mul_(gradients, options_.clip / (norm + 1e-6));
    }
    ++steps_;
    at::_foreach_add_(counts_, 1);
    at::_fused_adamw_(weights, gradients, exp_avg_, exp_avg_sq_, {}, counts_,
                      lr, options_.betas[0], options_.betas[1],
                      options_.weight_decay, options_.eps, false, false);
  }
  for (const auto& [name, weight] : parameters_) {
    Tensor(weight).mutable_grad().reset();
  }
  return norm;
}

NamedTensors AdamW::state() const {
  NamedTensors all;
  for (size_t i = 0; i < parameters_.size(); ++i) {
    const auto& [name, weight] = parameters_[i];
    all.emplace_back("weight:" + name, weight.detach());
    all.emplace_back("exp_avg:" + name, exp_avg_[i]);
    all.emplace_back("exp_avg_sq:" + name, exp_avg_sq_[i]);
  }
  return all;
}

void AdamW::restore(const Safetensors& state, int64_t steps) {
  const at::NoGradGuard guard;
  for (size_t i = 0; i < parameters_.size(); ++i) {
    const auto& [name, weight] = parameters_[i];
    weight.detach().copy_(state.tensor("weight:" + name));
    exp_avg_[i].copy_(state.tensor("exp_avg:" + name));
    exp_avg_sq_[i].copy_(state.tensor("exp_avg_sq:" + name));
    counts_[i].fill_(static_cast<double>(steps));
  }
  steps_ = steps;
}

}  // namespace lethe
