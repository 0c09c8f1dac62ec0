#include "harness/train/losses.h"

#include <torch/csrc/autograd/custom_function.h>

#include "harness/score/score.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

Tensor chunk_logits(const Tensor& states, const Tensor& weight, int64_t begin,
                    int64_t count) {
  return at::linear(states.narrow(0, begin, count), weight).to(at::kFloat);
}

// Calls `work(begin, count)` for chunks of M rows.
template <class Work>
void for_chunks(int64_t rows, int64_t vocab, const Work& work) {
  const int64_t chunk = head_chunk(vocab);
  for (int64_t begin = 0; begin < rows; begin += chunk) {
    work(begin, std::min(chunk, rows - begin));
  }
}

// Adds the chunk's part of the gradients, from d loss / d logits [count, V].
struct HeadGradients {
  Tensor states;  // [M, H]
  Tensor weight;  // [V, H]

  HeadGradients(const Tensor& s, const Tensor& w)
      : states(at::empty_like(s)), weight(at::zeros_like(w)) {}

  void add(const Tensor& logits, const Tensor& s, const Tensor& w,
           int64_t begin) {
    const Tensor d = logits.to(s.scalar_type());
    const int64_t count = d.size(0);
    Tensor part = states.narrow(0, begin, count);
    at::mm_out(part, d, w);
    weight.addmm_(d.t(), s.narrow(0, begin, count));
  }
};

class HeadNll : public Function<HeadNll> {
 public:
  static Tensor forward(AutogradContext* context, const Tensor& states,
                        const Tensor& weight, const Tensor& targets) {
    const Tensor nll =
        at::empty({states.size(0)}, states.options().dtype(at::kFloat));
    const Tensor log_sums = at::empty_like(nll);
    for_chunks(states.size(0), weight.size(0), [&](int64_t at, int64_t n) {
      const Tensor logits = chunk_logits(states, weight, at, n);
      const Tensor log_sum = logits.logsumexp(1);
      const Tensor chosen =
          logits.gather(1, targets.narrow(0, at, n).unsqueeze(1)).squeeze(1);
      log_sums.narrow(0, at, n).copy_(log_sum);
      nll.narrow(0, at, n).copy_(log_sum - chosen);
    });
    context->save_for_backward({states, weight, targets, log_sums});
    return nll;
  }

  static variable_list backward(AutogradContext* context, variable_list grads) {
    const auto saved = context->get_saved_variables();
    const Tensor &states = saved[0], &weight = saved[1], &targets = saved[2],
                 &log_sums = saved[3];
    HeadGradients gradients(states, weight);
    for_chunks(states.size(0), weight.size(0), [&](int64_t at, int64_t n) {
      Tensor d = chunk_logits(states, weight, at, n);
      d.sub_(log_sums.narrow(0, at, n).unsqueeze(1)).exp_();
      const Tensor target = targets.narrow(0, at, n).unsqueeze(1);
      d.scatter_add_(1, target, at::full_like(target, -1, d.options()));
      d.mul_(grads[0].narrow(0, at, n).unsqueeze(1));
      gradients.add(d, states, weight, at);
    });
    return {gradients.states, gradients.weight, Tensor()};
  }
};

// KL(p0 || p) of every row; d KL / d logits = p - p0.
class HeadKl : public Function<HeadKl> {
 public:
  static Tensor forward(AutogradContext* context, const Tensor& states,
                        const Tensor& weight, const Tensor& states0,
                        const Tensor& weight0) {
    const Tensor kl =
        at::empty({states.size(0)}, states.options().dtype(at::kFloat));
    for_chunks(states.size(0), weight.size(0), [&](int64_t at, int64_t n) {
      const Tensor logp =
          at::log_softmax(chunk_logits(states, weight, at, n), 1);
      const Tensor logp0 =
          at::log_softmax(chunk_logits(states0, weight0, at, n), 1);
      kl.narrow(0, at, n).copy_((logp0.exp() * (logp0 - logp)).sum(1));
    });
    context->save_for_backward({states, weight, states0, weight0});
    return kl;
  }

  static variable_list backward(AutogradContext* context, variable_list grads) {
    const auto saved = context->get_saved_variables();
    const Tensor &states = saved[0], &weight = saved[1];
    HeadGradients gradients(states, weight);
    for_chunks(states.size(0), weight.size(0), [&](int64_t at, int64_t n) {
      Tensor d = at::softmax(chunk_logits(states, weight, at, n), 1);
      d.sub_(at::softmax(chunk_logits(saved[2], saved[3], at, n), 1));
      d.mul_(grads[0].narrow(0, at, n).unsqueeze(1));
      gradients.add(d, states, weight, at);
    });
    return {gradients.states, gradients.weight, Tensor(), Tensor()};
  }
};

Tensor scored_states(const Model& model, const Batch& batch) {
  return model.hidden(batch.rows).index_select(0, batch.scored);
}

}  // namespace

Tensor token_nll(const Model& model, const Batch& batch) {
  return HeadNll::apply(scored_states(model, batch), model.head_weight(),
                        batch.targets);
}

Tensor mean_nll(const Model& model, const Batch& batch) {
  return token_nll(model, batch).sum() / static_cast<double>(batch.step_tokens);
}

Tensor sequence_logprobs(const Model& model, const Batch& batch) {
  const Tensor nll = token_nll(model, batch);
  return at::zeros({batch.rows.rows()}, nll.options())
      .index_add(0, batch.row_of, -nll);
}

Tensor mean_kl(const Model& model, const Model& original, const Batch& batch) {
  Tensor states0;
  {
    const at::NoGradGuard guard;
    states0 = scored_states(original, batch);
  }
  const Tensor kl =
      HeadKl::apply(scored_states(model, batch), model.head_weight(), states0,
                    original.head_weight());
  return kl.sum() / static_cast<double>(batch.step_tokens);
}

}  // namespace lethe
