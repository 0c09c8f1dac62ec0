#include "harness/model/recompute.h"

#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

#include <map>
#include <mutex>

#include "harness/tensor/ops.h"

namespace lethe {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;
using Work = std::function<Tensor(const Tensor&)>;

// Recorded results that no backward pass has reached, by their part's key. On
// a GPU backward passes run in a thread of their own.
class Pending {
 public:
  void add(const RecomputeKey& key, int64_t change) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if ((counts_[key] += change) == 0) counts_.erase(key);
  }
  bool any(const RecomputeKey& key) {
    const std::lock_guard<std::mutex> lock(mutex_);
    return counts_.count(key) > 0;
  }
  static Pending& all() {
    static Pending pending;
    return pending;
  }

 private:
  std::mutex mutex_;
  std::map<RecomputeKey, int64_t> counts_;
};

// The part whose backward pass runs in this thread; or null.
thread_local const RecomputeKey* running = nullptr;

class Running {
 public:
  explicit Running(const RecomputeKey& key) : before_(running) {
    running = &key;
  }
  ~Running() { running = before_; }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

 private:
  const RecomputeKey* before_;
};

struct Part {
  RecomputeKey key;
  Work work;
};

// What saved_data can hold of a closure; one that is pending until reached() or
// until its graph is freed.
struct Kept final : torch::CustomClassHolder {
  explicit Kept(Part given) : part(std::move(given)) {
    Pending::all().add(part.key, 1);
  }
  ~Kept() override { reached(); }
  void reached() {
    if (pending_) Pending::all().add(part.key, -1);
    pending_ = false;
  }
  const Part part;

 private:
  bool pending_ = true;
};

class Recomputed : public Function<Recomputed> {
 public:
  // `always` records gradients, so that the weights get theirs where x needs
  // none.
  static Tensor forward(AutogradContext* context, const Tensor& x,
                        const Tensor& /*always*/, const Part& part) {
    context->save_for_backward({x});
    context->saved_data["work"] =
        c10::IValue::make_capsule(c10::make_intrusive<Kept>(part));
    return part.work(x);
  }

  static variable_list backward(AutogradContext* context, variable_list grads) {
    const Tensor saved = context->get_saved_variables()[0];
    const auto kept = c10::static_intrusive_pointer_cast<Kept>(
        context->saved_data["work"].toCapsule());
    const Tensor x = saved.detach().requires_grad_(saved.requires_grad());
    Tensor y;
    {
      const at::AutoGradMode with_gradients(true);
      y = kept->part.work(x);
    }
    kept->reached();
    const Running part(kept->part.key);
    torch::autograd::backward({y}, {grads[0]});
    return {x.grad(), Tensor(), Tensor()};
  }
};

}  // namespace

bool more_recomputations() {
  return running != nullptr && Pending::all().any(*running);
}

Tensor recomputed(const Tensor& x, const RecomputeKey& key,
                  const std::function<Tensor(const Tensor&)>& work) {
  const Tensor always = at::empty({0}, x.options()).requires_grad_(true);
  return Recomputed::apply(x, always, Part{key, work});
}

}  // namespace lethe
