#include "harness/model/recompute.h"

#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

#include "harness/tensor/ops.h"

namespace lethe {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;
using Work = std::function<Tensor(const Tensor&)>;

// What saved_data can hold of a closure.
struct Kept final : torch::CustomClassHolder {
  explicit Kept(Work given) : work(std::move(given)) {}
  Work work;
};

class Recomputed : public Function<Recomputed> {
 public:
  // `always` records gradients, so that the weights get theirs where x needs
  // none.
  static Tensor forward(AutogradContext* context, const Tensor& x,
                        const Tensor& /*always*/, const Work& work) {
    context->save_for_backward({x});
    context->saved_data["work"] =
        c10::IValue::make_capsule(c10::make_intrusive<Kept>(work));
    return work(x);
  }

  static variable_list backward(AutogradContext* context, variable_list grads) {
    const Tensor saved = context->get_saved_variables()[0];
    const auto kept = c10::static_intrusive_pointer_cast<Kept>(
        context->saved_data["work"].toCapsule());
    const Tensor x = saved.detach().requires_grad_(saved.requires_grad());
    Tensor y;
    {
      const at::AutoGradMode with_gradients(true);
      y = kept->work(x);
    }
    torch::autograd::backward({y}, {grads[0]});
    return {x.grad(), Tensor(), Tensor()};
  }
};

}  // namespace

Tensor recomputed(const Tensor& x,
                  const std::function<Tensor(const Tensor&)>& work) {
  const Tensor always = at::empty({0}, x.options()).requires_grad_(true);
  return Recomputed::apply(x, always, work);
}

}  // namespace lethe
