#include "harness/train/smoothing.h"

#include <cmath>

#include "harness/base/rng.h"
#include "harness/tensor/adam.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

using Tensors = std::vector<Tensor>;

// The gradients, which the weights then have no longer; undefined ones too.
Tensors take_gradients(const NamedTensors& parameters) {
  Tensors all;
  for (const auto& [name, weight] : parameters) {
    all.push_back(weight.grad());
    Tensor(weight).mutable_grad().reset();
  }
  return all;
}

// Weights that are elsewhere until the end of its life.
class Moved {
 public:
  explicit Moved(const NamedTensors& parameters) : parameters_(parameters) {
    for (const auto& [name, weight] : parameters) {
      before_.push_back(weight.detach().clone());
    }
  }
  ~Moved() {
    const at::NoGradGuard no_gradients;
    for (size_t i = 0; i < before_.size(); ++i) {
      parameters_[i].second.detach().copy_(before_[i]);
    }
  }
  Moved(const Moved&) = delete;
  Moved& operator=(const Moved&) = delete;

 private:
  const NamedTensors& parameters_;
  Tensors before_;
};

double norm_of(const Tensors& all) {
  double total = 0;
  for (const Tensor& one : all) {
    if (one.defined()) total += sum_of_squares(one);
  }
  return std::sqrt(total);
}

// Random bits of a weight's draw.
uint64_t key_of(const TrainOptions& o, const SmoothingDraw& draw,
                const std::string& name) {
  const Rng rng(static_cast<uint64_t>(o.seed), "smooth:" + name);
  return Rng(rng.at(static_cast<uint64_t>(draw.step)))
      .at(static_cast<uint64_t>(draw.draw));
}

Tensor noise(const Tensor& like, uint64_t key) {
  // Drawn on the CPU: the same on every device.
  const auto generator = at::make_generator<at::CPUGeneratorImpl>(key);
  return at::randn(like.sizes(), generator, at::TensorOptions(at::kFloat))
      .to(like.device());
}

}  // namespace

bool smooths(const TrainOptions& options, const std::string& term) {
  return term == "forget" && (options.sam_rho > 0 || options.rs_sigma > 0);
}

Tensor smoothed_backward(const NamedTensors& parameters,
                         const TrainOptions& options, SmoothingDraw draw,
                         const std::function<Tensor()>& loss) {
  const Tensors others = take_gradients(parameters);
  Tensor value;
  Tensors direction;
  double scale = options.rs_sigma;
  if (options.sam_rho > 0) {
    value = loss();
    value.backward();
    value = value.detach();
    direction = take_gradients(parameters);
    const double norm = norm_of(direction);
    // A loss at its optimum has no direction; what is not finite ends training.
    scale = norm > 0 && std::isfinite(norm) ? options.sam_rho / norm : 0;
  }
  {
    const Moved moved(parameters);
    for (size_t i = 0; i < parameters.size(); ++i) {
      const auto& [name, weight] = parameters[i];
      const uint64_t key = key_of(options, draw, name);
      const bool random = options.sam_rho == 0;
      if (!random && (!direction[i].defined() || scale == 0)) continue;
      add_stochastic(weight, random ? noise(weight, key) : direction[i], scale,
                     key + 1);
      if (!random) direction[i].reset();  // freed as soon as it was used
    }
    const Tensor there = loss();
    there.backward();
    if (!value.defined()) value = there.detach();
  }
  const at::NoGradGuard no_gradients;
  for (size_t i = 0; i < parameters.size(); ++i) {
    if (!others[i].defined()) continue;
    Tensor weight = parameters[i].second;
    if (weight.grad().defined()) {
      weight.mutable_grad().add_(others[i]);
    } else {
      weight.mutable_grad() = others[i];
    }
  }
  return value;
}

}  // namespace lethe
