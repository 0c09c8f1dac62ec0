#include "harness/tensor/products.h"

#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

#include "harness/tensor/linear.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

// Whether the library's product of this type is worth nothing here.
bool widens(const Tensor& like) {
  return like.device().is_cpu() && like.scalar_type() != at::kFloat &&
         made_here(like.scalar_type(), INT64_MAX);
}

constexpr int64_t kBlockNumbers = 1 << 22;  // of a widened weight: 16 MB

// Calls `work(begin, count)` for blocks of a weight [N, K].
template <class Work>
void for_blocks(const Tensor& weight, const Work& work) {
  const int64_t rows = weight.size(0);
  const int64_t most = std::max<int64_t>(
      1, kBlockNumbers / std::max<int64_t>(1, weight.size(1)));
  for (int64_t begin = 0; begin < rows; begin += most) {
    work(begin, std::min(most, rows - begin));
  }
}

}  // namespace

void product_into(const Tensor& out, const Tensor& a, const Tensor& b) {
  if (!widens(out)) {
    Tensor result = out;
    at::mm_out(result, a.to(out.scalar_type()), b);
    return;
  }
  const Tensor wide = a.to(at::kFloat);
  const Tensor sum = at::zeros(out.sizes(), out.options().dtype(at::kFloat));
  for_blocks(b, [&](int64_t begin, int64_t count) {
    sum.addmm_(wide.narrow(1, begin, count),
               b.narrow(0, begin, count).to(at::kFloat));
  });
  out.copy_(sum);
}

void add_transposed_product(const Tensor& out, const Tensor& a,
                            const Tensor& b) {
  if (!widens(out)) {
    out.addmm_(a.to(out.scalar_type()).t(), b);
    return;
  }
  const Tensor wide_a = a.to(at::kFloat), wide_b = b.to(at::kFloat);
  for_blocks(out, [&](int64_t begin, int64_t count) {
    const Tensor block = out.narrow(0, begin, count);
    block.add_(at::mm(wide_a.narrow(1, begin, count).t(), wide_b));
  });
}

namespace {

class Linear : public Function<Linear> {
 public:
  static Tensor forward(AutogradContext* context, const Tensor& x,
                        const Tensor& weight,
                        const std::optional<Tensor>& bias) {
    context->save_for_backward({x, weight, bias.value_or(Tensor())});
    if (weight.is_contiguous()) {
      return times_weight(x, weight, bias.value_or(Tensor()));
    }
    const Tensor y = at::empty({x.size(0), weight.size(0)}, x.options());
    product_into(y, x, weight.t());
    if (bias) y.add_(*bias);
    return y;
  }

  static variable_list backward(AutogradContext* context, variable_list grads) {
    const variable_list saved = context->get_saved_variables();
    const Tensor &x = saved[0], &weight = saved[1], &bias = saved[2];
    const Tensor dy = grads[0].contiguous();
    variable_list found(3);
    if (x.requires_grad()) {
      found[0] = at::empty_like(x);
      product_into(found[0], dy, weight);
    }
    if (weight.requires_grad()) {
      found[1] = at::zeros_like(weight);
      add_transposed_product(found[1], dy, x);
    }
    if (bias.defined() && bias.requires_grad()) {
      found[2] = dy.sum(0, false, at::kFloat).to(bias.scalar_type());
    }
    return found;
  }
};

bool records(const Tensor& tensor) {
  return tensor.defined() && tensor.requires_grad();
}

}  // namespace

Tensor linear_with_gradients(const Tensor& x, const Tensor& weight,
                             const Tensor& bias) {
  const bool recording = at::GradMode::is_enabled() &&
                         (records(x) || records(weight) || records(bias));
  if (!recording || !widens(weight)) return times_weight(x, weight, bias);
  return Linear::apply(
      x, weight, bias.defined() ? std::optional<Tensor>(bias) : std::nullopt);
}

}  // namespace lethe
