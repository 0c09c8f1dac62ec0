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

constexpr int64_t kManyRows = 1024;

// Whether products of this type are made by kernels of ours.
bool ours(const Tensor& like) {
  return like.device().is_cpu() && made_here(like.scalar_type(), kManyRows);
}

constexpr int64_t kBlockNumbers = 1 << 22;  // of a widened result: 16 MB

// Calls `work(begin, count)` for blocks of the rows of a matrix.
template <class Work>
void for_blocks(const Tensor& matrix, const Work& work) {
  const int64_t rows = matrix.size(0);
  const int64_t most = std::max<int64_t>(
      1, kBlockNumbers / std::max<int64_t>(1, matrix.size(1)));
  for (int64_t begin = 0; begin < rows; begin += most) {
    work(begin, std::min(most, rows - begin));
  }
}

Tensor wide_like(const Tensor& out) {
  return out.scalar_type() == at::kFloat && out.is_contiguous()
             ? out
             : at::empty(out.sizes(), out.options().dtype(at::kFloat));
}

}  // namespace

void product_into(const Tensor& out, const Tensor& a, const Tensor& b) {
  if (!ours(b)) {
    Tensor result = out;
    at::mm_out(result, a.to(out.scalar_type()), b);
    return;
  }
  if (!b.is_contiguous() && b.t().is_contiguous()) {
    out.copy_(times_weight_float(a.to(b.scalar_type()), b.t()));
    return;
  }
  const Tensor y = wide_like(out);
  multiply_matrix(y, a, b, false);
  if (!y.is_same(out)) out.copy_(y);
}

namespace {

// Of a tall result (a head's gradient) some rows at a time: what the library
// turns around of `a` then stays in the cache, which gains a sixth.
void add_by_library(const Tensor& out, const Tensor& a, const Tensor& b,
                    bool first) {
  constexpr int64_t kRows = 8192;
  const int64_t rows = out.size(0);
  const int64_t each = out.device().is_cpu() ? kRows : rows;
  for (int64_t begin = 0; begin < rows; begin += each) {
    const int64_t count = std::min(each, rows - begin);
    Tensor part = out.narrow(0, begin, count);
    const Tensor left = a.narrow(1, begin, count).t();
    if (first) {
      at::mm_out(part, left, b);
    } else {
      part.addmm_(left, b);
    }
  }
}

}  // namespace

void add_transposed_product(const Tensor& out, const Tensor& a, const Tensor& b,
                            bool first) {
  if (out.scalar_type() == at::kFloat || !ours(b)) {
    add_by_library(out, a.to(out.scalar_type()), b, first);
    return;
  }
  if (!out.is_contiguous() && out.t().is_contiguous()) {
    add_transposed_product(out.t(), b, a, first);  // the same, turned
    return;
  }
  const Tensor wide = b.contiguous();
  for_blocks(out, [&](int64_t begin, int64_t count) {
    const Tensor block = out.narrow(0, begin, count);
    const Tensor y = at::empty(block.sizes(), out.options().dtype(at::kFloat));
    multiply_matrix(y,
                    a.narrow(1, begin, count).to(at::kFloat).t().contiguous(),
                    wide, false);
    if (first) {
      block.copy_(y);
    } else {
      block.add_(y);
    }
  });
}

namespace {

class Linear : public Function<Linear> {
 public:
  static Tensor forward(AutogradContext* context, const Tensor& x,
                        const Tensor& weight,
                        const std::optional<Tensor>& bias) {
    context->save_for_backward({x, weight, bias.value_or(Tensor())});
    return times_weight(x, weight, bias.value_or(Tensor()));
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
      found[1] = at::empty_like(weight);
      add_transposed_product(found[1], dy, x, true);
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
  if (!recording || x.dim() != 2 || !ours(weight)) {
    return times_weight(x, weight, bias);
  }
  return Linear::apply(
      x, weight, bias.defined() ? std::optional<Tensor>(bias) : std::nullopt);
}

}  // namespace lethe
