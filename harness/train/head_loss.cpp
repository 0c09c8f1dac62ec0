#include "harness/train/head_loss.h"

#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

#include "harness/score/score.h"
#include "harness/tensor/ops.h"
#include "harness/tensor/products.h"

namespace lethe {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;
using MaybeBias = std::optional<Tensor>;

// What head_loss is given, beside its tensors.
struct Task {
  double softcap;
  const std::vector<TokenRange>& ranges;
  const ChunkLoss& loss;
  bool gradient;  // of anything
  Logits type;
};

Tensor logits_of(const Head& head, const Tensor& states,
                 const TokenRange& range, Logits type) {
  const Tensor part = states.narrow(0, range.begin, range.count);
  return type == Logits::float32 ? head_logits(head, part)
                                 : head_logits_as_made(head, part);
}

class HeadLoss : public Function<HeadLoss> {
 public:
  static Tensor forward(AutogradContext* context, const Tensor& states,
                        const Tensor& weight, const MaybeBias& bias,
                        const Task& task) {
    const Head head{weight, bias.value_or(Tensor()), task.softcap};
    Tensor total = at::zeros({}, states.options().dtype(at::kFloat));
    if (!task.gradient) {
      for (const TokenRange& range : task.ranges) {
        Tensor logits = logits_of(head, states, range, task.type);
        total += task.loss(logits, range, false);
      }
      return total;
    }
    HeadGradients gradients(states, head);
    for (const TokenRange& range : task.ranges) {
      Tensor logits = logits_of(head, states, range, task.type);
      const Tensor slope = gradients.cap_slope(logits);
      total += task.loss(logits, range, true);
      gradients.add(logits, slope, range);
    }
    context->save_for_backward(
        {gradients.of_states, gradients.of_weight, gradients.of_bias});
    return total;
  }

  static variable_list backward(AutogradContext* context, variable_list grads) {
    variable_list kept = context->get_saved_variables();
    for (Tensor& one : kept) {
      if (one.defined()) one.mul_(grads[0]);  // nobody else reads it
    }
    kept.emplace_back();
    return kept;
  }
};

}  // namespace

// Each chunk reads and writes the head's whole gradient: few wide ones.
int64_t head_loss_chunk(int64_t vocab) { return 13 * head_chunk(vocab) / 2; }

std::vector<TokenRange> token_ranges(int64_t tokens, int64_t vocab) {
  const int64_t most = head_loss_chunk(vocab);
  const int64_t chunks = std::max<int64_t>(1, (tokens + most - 1) / most);
  const int64_t each = (tokens + chunks - 1) / chunks;
  std::vector<TokenRange> ranges;
  for (int64_t begin = 0; begin < tokens; begin += each) {
    ranges.push_back({begin, std::min(each, tokens - begin)});
  }
  return ranges;
}

Tensor head_loss(const Tensor& states, const Head& head,
                 const std::vector<TokenRange>& ranges, const ChunkLoss& loss,
                 Logits type) {
  const bool gradient = at::GradMode::is_enabled() &&
                        (states.requires_grad() || head.weight.requires_grad());
  const Task task{head.softcap, ranges, loss, gradient, type};
  return HeadLoss::apply(
      states, head.weight,
      head.bias.defined() ? MaybeBias(head.bias) : std::nullopt, task);
}

HeadGradients::HeadGradients(const Tensor& states, const Head& head)
    : of_states(at::empty_like(states)), states_(states), head_(head) {
  if (head.weight.requires_grad()) {
    of_weight = at::zeros_like(head.weight, at::MemoryFormat::Contiguous);
  }
  if (head.bias.defined() && head.bias.requires_grad()) {
    of_bias = at::zeros_like(head.bias);
  }
}

Tensor HeadGradients::cap_slope(const Tensor& logits) const {
  if (head_.softcap == 0) return {};
  return 1 - (logits / head_.softcap).square();
}

void HeadGradients::add(const Tensor& d, const Tensor& cap_slope,
                        const TokenRange& range) {
  if (cap_slope.defined()) d.mul_(cap_slope);
  Tensor part = of_states.narrow(0, range.begin, range.count);
  product_into(part, d, head_.weight);
  if (of_weight.defined()) {
    add_transposed_product(of_weight, d,
                           states_.narrow(0, range.begin, range.count));
  }
  if (of_bias.defined()) of_bias.add_(d.sum(0));
}

}  // namespace lethe
