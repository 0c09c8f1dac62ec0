#include "harness/train/optimiser.h"

#include <torch/csrc/autograd/function_hook.h>
#include <torch/csrc/autograd/variable.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "harness/base/error.h"
#include "harness/base/rng.h"
#include "harness/model/recompute.h"
#include "harness/tensor/adam.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

namespace autograd = torch::autograd;

// What is kept of a weight.
struct Plan {
  bool library = false;  // the library's fused step
  bool master = false;
  bool factored = false;
  at::ScalarType first = at::kFloat, second = at::kFloat;
};

Plan plan_of(size_t dimensions, at::ScalarType dtype, const TrainOptions& o) {
  Plan plan;
  plan.master = dtype != at::kFloat && o.rounding == "master";
  if (dtype != at::kFloat && dtype != at::kBFloat16 && !plan.master) {
    fail_usage("training option rounding",
               fmt::format("\"{}\" is not of {} weights", o.rounding,
                           c10::toString(dtype)),
               "train in bfloat16 or float32, or give \"master\"");
  }
  const bool wide = dtype == at::kFloat || plan.master;
  plan.library = o.optimiser == "adamw" && dtype == at::kFloat;
  plan.first = plan.second = wide ? at::kFloat : at::kBFloat16;
  if (o.optimiser == "adamw_8bit") plan.first = plan.second = at::kByte;
  if (o.optimiser == "adamw_factored") {
    plan.first = at::kBFloat16;
    plan.factored = dimensions == 2;
  }
  return plan;
}

// One weight with its state.
struct Slot {
  Slot(std::string given, const Tensor& parameter, const TrainOptions& o)
      : name(std::move(given)), weight(parameter) {
    const Plan plan = plan_of(weight.sizes().size(), weight.scalar_type(), o);
    library = plan.library;
    const Tensor plain = weight.detach();  // shares the storage
    const auto floats = [&](int64_t size) {
      return at::zeros({size}, plain.options().dtype(at::kFloat));
    };
    own.weight = plain;
    if (plan.master) own.master = plain.to(at::kFloat);
    own.exp_avg = at::zeros_like(plain, plan.first);
    if (plan.factored) {
      own.rows = floats(plain.size(0));
      own.columns = floats(plain.size(1));
    } else {
      own.exp_avg_sq = at::zeros_like(plain, plan.second);
    }
    if (plan.first == at::kByte) {
      own.exp_avg_scale = floats(adam_blocks(plain.numel()));
      own.exp_avg_sq_scale = floats(adam_blocks(plain.numel()));
    }
    if (library) {
      count = at::zeros({}, plain.options().dtype(at::kFloat));
    } else if (!plain.is_contiguous()) {
      fail_runtime(name, "its weights do not lie in order",
                   "report this with the command");
    }
  }

  // In the weight's layout; zeros when the loss did not depend on it.
  Tensor gradient() const {
    const Tensor& given = weight.grad();
    const Tensor plain = own.weight;
    if (!given.defined()) return at::zeros_like(plain);
    return given.strides() == plain.strides()
               ? given
               : at::empty_like(plain).copy_(given);
  }
  void clear() const { Tensor(weight).mutable_grad().reset(); }

  // Every tensor of the state, with its key in checkpoints.
  NamedTensors tensors() const {
    NamedTensors all;
    const std::pair<const char*, Tensor> named[] = {
        {"weight", own.weight},
        {"master", own.master},
        {"exp_avg", own.exp_avg},
        {"exp_avg_scale", own.exp_avg_scale},
        {"exp_avg_sq", own.exp_avg_sq},
        {"exp_avg_sq_scale", own.exp_avg_sq_scale},
        {"exp_avg_sq_rows", own.rows},
        {"exp_avg_sq_columns", own.columns}};
    for (const auto& [key, tensor] : named) {
      if (tensor.defined()) all.emplace_back(key + (":" + name), tensor);
    }
    return all;
  }

  std::string name;
  Tensor weight;
  AdamTensors own;
  Tensor count;  // of steps, for the library
  bool library = false;
  bool done = false;  // has taken the step that is running
  double squares = 0;
};

// Calls `done` when a weight's gradient of a backward pass is complete.
class WhenComplete final : public autograd::PostAccumulateGradHook {
 public:
  explicit WhenComplete(std::function<void()> done) : done_(std::move(done)) {}
  void operator()(const Tensor&) override { done_(); }

 private:
  std::function<void()> done_;
};

class Adam final : public Optimiser {
 public:
  Adam(const NamedTensors& parameters, const TrainOptions& options)
      : o_(options) {
    for (const auto& [name, weight] : parameters) {
      slots_.emplace_back(name, weight, options);
    }
    if (!o_.fused_step) return;
    for (Slot& slot : slots_) {
      autograd::impl::set_post_acc_grad_hooks(
          slot.weight, std::make_unique<WhenComplete>([this, &slot] {
            // Another pass through this block adds to the gradient.
            if (running_ && !more_recomputations()) take(slot);
          }));
    }
  }
  ~Adam() override {
    if (!o_.fused_step) return;
    for (Slot& slot : slots_) {
      autograd::impl::set_post_acc_grad_hooks(slot.weight, nullptr);
    }
  }
  Adam(const Adam&) = delete;
  Adam& operator=(const Adam&) = delete;

  void begin(double lr) override {
    lr_ = lr;
    running_ = o_.fused_step;
    for (Slot& slot : slots_) slot.done = false;
  }

  double step(double lr) override {
    const at::NoGradGuard no_gradients;
    if (o_.fused_step) return finish(lr);
    std::vector<Tensor> gradients;
    for (const Slot& slot : slots_) gradients.push_back(slot.gradient());
    const double norm = norm_of(gradients);
    if (std::isfinite(norm)) {
      ++steps_;
      const bool clips = o_.clip > 0 && norm > o_.clip;
      const double scale = clips ? o_.clip / (norm + 1e-6) : 1;
      library_step(gradients, lr, scale);
      for (size_t i = 0; i < slots_.size(); ++i) {
        if (!slots_[i].library) own_step(slots_[i], gradients[i], {lr, scale});
      }
    }
    for (const Slot& slot : slots_) slot.clear();
    return norm;
  }

  int64_t steps() const override { return steps_; }

  NamedTensors state() const override {
    NamedTensors all;
    for (const Slot& slot : slots_) {
      for (auto& one : slot.tensors()) all.push_back(std::move(one));
    }
    return all;
  }

  void restore(const Safetensors& state, int64_t steps) override {
    const at::NoGradGuard no_gradients;
    for (const Slot& slot : slots_) {
      for (const auto& [name, tensor] : slot.tensors()) {
        tensor.copy_(state.tensor(name));
      }
      if (slot.library) slot.count.fill_(static_cast<double>(steps));
    }
    steps_ = steps;
  }

 private:
  struct Scales {
    double lr, gradient = 1;
  };

  // All float32: as torch.nn.utils.clip_grad_norm_, to the bit.
  double norm_of(const std::vector<Tensor>& gradients) const {
    if (std::all_of(slots_.begin(), slots_.end(),
                    [](const Slot& slot) { return slot.library; })) {
      const std::vector<Tensor> norms = at::_foreach_norm(gradients, 2);
      return at::linalg_vector_norm(at::stack(norms).to(at::kFloat))
          .item<double>();
    }
    double total = 0;
    for (const Tensor& gradient : gradients) total += sum_of_squares(gradient);
    return std::sqrt(total);
  }

  void library_step(const std::vector<Tensor>& all, double lr, double scale) {
    std::vector<Tensor> weights, gradients, first, second, counts;
    for (size_t i = 0; i < slots_.size(); ++i) {
      if (!slots_[i].library) continue;
      const Slot& slot = slots_[i];
      weights.push_back(slot.own.weight);
      gradients.push_back(all[i]);
      first.push_back(slot.own.exp_avg);
      second.push_back(slot.own.exp_avg_sq);
      counts.push_back(slot.count);
    }
    if (weights.empty()) return;
    if (scale != 1) at::_foreach_mul_(gradients, scale);
    at::_foreach_add_(counts, 1);
    at::_fused_adamw_(weights, gradients, first, second, {}, counts, lr,
                      o_.betas[0], o_.betas[1], o_.weight_decay, o_.eps, false,
                      false);
  }

  void own_step(Slot& slot, const Tensor& gradient, const Scales& by) const {
    AdamTensors tensors = slot.own;
    tensors.gradient = gradient;
    adam_step(tensors,
              {.lr = by.lr,
               .beta1 = o_.betas[0],
               .beta2 = o_.betas[1],
               .eps = o_.eps,
               .weight_decay = o_.weight_decay,
               .step = steps_,
               .gradient_scale = by.gradient,
               .stochastic = o_.rounding != "nearest",
               .key = Rng(static_cast<uint64_t>(o_.seed), "round:" + slot.name)
                          .at(static_cast<uint64_t>(steps_))});
  }

  // The step of one weight, in the backward pass or after it.
  void take(Slot& slot) {
    const at::NoGradGuard no_gradients;
    const Tensor gradient = slot.gradient();
    slot.squares = sum_of_squares(gradient);
    slot.clear();
    slot.done = true;
    if (!std::isfinite(slot.squares)) return;
    if (!slot.library) {
      ++steps_;  // the one that is running
      own_step(slot, gradient, {lr_});
      --steps_;
      return;
    }
    slot.count.add_(1);
    at::_fused_adamw_({slot.own.weight}, {gradient}, {slot.own.exp_avg},
                      {slot.own.exp_avg_sq}, {}, {slot.count}, lr_, o_.betas[0],
                      o_.betas[1], o_.weight_decay, o_.eps, false, false);
  }

  double finish(double lr) {
    if (!running_) begin(lr);
    running_ = false;
    double total = 0;
    for (Slot& slot : slots_) {
      if (!slot.done) take(slot);
      total += slot.squares;
    }
    if (std::isfinite(total)) ++steps_;
    return std::sqrt(total);
  }

  const TrainOptions o_;
  std::vector<Slot> slots_;
  int64_t steps_ = 0;
  double lr_ = 0;         // of the step that is running
  bool running_ = false;  // between begin() and step()
};

}  // namespace

std::unique_ptr<Optimiser> make_optimiser(const NamedTensors& parameters,
                                          const TrainOptions& options) {
  return std::make_unique<Adam>(parameters, options);
}

OptimiserBytes optimiser_bytes(const std::vector<Shape>& shapes,
                               at::ScalarType dtype,
                               const TrainOptions& options) {
  const auto size_of = [](at::ScalarType type) {
    return static_cast<int64_t>(c10::elementSize(type));
  };
  OptimiserBytes all;
  for (const Shape& shape : shapes) {
    const Plan plan = plan_of(shape.size(), dtype, options);
    int64_t numel = 1;
    for (const int64_t size : shape) numel *= size;
    const int64_t blocks = adam_blocks(numel);
    all.moments += numel * size_of(plan.first);
    all.moments += plan.factored ? 4 * (shape[0] + shape[1])
                                 : numel * size_of(plan.second);
    if (plan.first == at::kByte) all.moments += 2 * 4 * blocks;
    if (plan.library) all.moments += 4;
    if (plan.master) all.masters += 4 * numel;
    const int64_t gradient = numel * size_of(dtype);
    all.gradients = options.fused_step ? std::max(all.gradients, gradient)
                                       : all.gradients + gradient;
  }
  return all;
}

}  // namespace lethe
