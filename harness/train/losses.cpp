#include "harness/train/losses.h"

#include <torch/csrc/autograd/custom_function.h>

#include <limits>

#include "harness/score/score.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

// A head's parts as autograd passes them: weight [V, H], bias [V] or none.
using MaybeBias = std::optional<Tensor>;

Head head_of(const Tensor& weight, const MaybeBias& bias, double softcap) {
  return {weight, bias.value_or(Tensor()), softcap};
}

MaybeBias bias_of(const Head& head) {
  return head.bias.defined() ? MaybeBias(head.bias) : std::nullopt;
}

Tensor chunk_logits(const Tensor& states, const Head& head, int64_t begin,
                    int64_t count) {
  return head_logits(head, states.narrow(0, begin, count));
}

// Calls `work(begin, count)` for chunks of M rows.
template <class Work>
void for_chunks(int64_t rows, int64_t vocab, const Work& work) {
  const int64_t chunk = head_chunk(vocab);
  for (int64_t begin = 0; begin < rows; begin += chunk) {
    work(begin, std::min(chunk, rows - begin));
  }
}

// Adds up the gradients of the head, chunk by chunk.
class HeadGradients {
 public:
  HeadGradients(const Tensor& states, const Head& head)
      : states_(states),
        head_(head),
        of_states(at::empty_like(states)),
        of_weight(at::zeros_like(head.weight)) {
    if (head.bias.defined()) of_bias = at::zeros_like(head.bias);
  }

  // `d` is d loss / d logits [count, V], `logits` what they were.
  void add(Tensor d, const Tensor& logits, int64_t begin) {
    if (head_.softcap != 0) d = d * (1 - (logits / head_.softcap).square());
    d = d.to(states_.scalar_type());
    const int64_t count = d.size(0);
    Tensor part = of_states.narrow(0, begin, count);
    at::mm_out(part, d, head_.weight);
    of_weight.addmm_(d.t(), states_.narrow(0, begin, count));
    if (of_bias.defined()) of_bias.add_(d.sum(0));
  }

 private:
  const Tensor states_;  // [M, H]
  const Head head_;

 public:
  Tensor of_states, of_weight, of_bias;
};

class HeadNll : public Function<HeadNll> {
 public:
  static Tensor forward(AutogradContext* context, const Tensor& states,
                        const Tensor& weight, const MaybeBias& bias,
                        double softcap, const Tensor& targets) {
    const Head head = head_of(weight, bias, softcap);
    const Tensor nll =
        at::empty({states.size(0)}, states.options().dtype(at::kFloat));
    const Tensor log_sums = at::empty_like(nll);
    for_chunks(states.size(0), weight.size(0), [&](int64_t at, int64_t n) {
      const Tensor logits = chunk_logits(states, head, at, n);
      const Tensor log_sum = logits.logsumexp(1);
      const Tensor chosen =
          logits.gather(1, targets.narrow(0, at, n).unsqueeze(1)).squeeze(1);
      log_sums.narrow(0, at, n).copy_(log_sum);
      nll.narrow(0, at, n).copy_(log_sum - chosen);
    });
    context->save_for_backward({states, weight, head.bias, targets, log_sums});
    context->saved_data["softcap"] = softcap;
    return nll;
  }

  static variable_list backward(AutogradContext* context, variable_list grads) {
    const auto saved = context->get_saved_variables();
    const Tensor &states = saved[0], &targets = saved[3], &log_sums = saved[4];
    const Head head =
        head_of(saved[1], saved[2], context->saved_data["softcap"].toDouble());
    HeadGradients gradients(states, head);
    for_chunks(states.size(0), head.weight.size(0), [&](int64_t at, int64_t n) {
      const Tensor logits = chunk_logits(states, head, at, n);
      Tensor d = logits.sub(log_sums.narrow(0, at, n).unsqueeze(1));
      d.exp_();
      const Tensor target = targets.narrow(0, at, n).unsqueeze(1);
      d.scatter_add_(1, target, at::full_like(target, -1, d.options()));
      d.mul_(grads[0].narrow(0, at, n).unsqueeze(1));
      gradients.add(d, logits, at);
    });
    return {gradients.of_states, gradients.of_weight, gradients.of_bias,
            Tensor(), Tensor()};
  }
};

// KL(p0 || p) of every row; d KL / d logits = p - p0.
class HeadKl : public Function<HeadKl> {
 public:
  static Tensor forward(AutogradContext* context, const Tensor& states,
                        const Tensor& weight, const MaybeBias& bias,
                        double softcap, const Tensor& states0,
                        const Tensor& weight0, const MaybeBias& bias0) {
    const Head head = head_of(weight, bias, softcap),
               head0 = head_of(weight0, bias0, softcap);
    const Tensor kl =
        at::empty({states.size(0)}, states.options().dtype(at::kFloat));
    for_chunks(states.size(0), weight.size(0), [&](int64_t at, int64_t n) {
      const Tensor logp = at::log_softmax(chunk_logits(states, head, at, n), 1);
      const Tensor logp0 =
          at::log_softmax(chunk_logits(states0, head0, at, n), 1);
      kl.narrow(0, at, n).copy_((logp0.exp() * (logp0 - logp)).sum(1));
    });
    context->save_for_backward(
        {states, weight, head.bias, states0, weight0, head0.bias});
    context->saved_data["softcap"] = softcap;
    return kl;
  }

  static variable_list backward(AutogradContext* context, variable_list grads) {
    const auto saved = context->get_saved_variables();
    const double softcap = context->saved_data["softcap"].toDouble();
    const Tensor &states = saved[0], &states0 = saved[3];
    const Head head = head_of(saved[1], saved[2], softcap),
               head0 = head_of(saved[4], saved[5], softcap);
    HeadGradients gradients(states, head);
    for_chunks(states.size(0), head.weight.size(0), [&](int64_t at, int64_t n) {
      const Tensor logits = chunk_logits(states, head, at, n);
      Tensor d = at::softmax(logits, 1);
      d.sub_(at::softmax(chunk_logits(states0, head0, at, n), 1));
      d.mul_(grads[0].narrow(0, at, n).unsqueeze(1));
      gradients.add(d, logits, at);
    });
    return {gradients.of_states,
            gradients.of_weight,
            gradients.of_bias,
            Tensor(),
            Tensor(),
            Tensor(),
            Tensor()};
  }
};

// Logits without those of the targets: minus infinity.
Tensor without(const Tensor& logits, const Tensor& targets) {
  return logits.scatter(1, targets.unsqueeze(1),
                        -std::numeric_limits<double>::infinity());
}

// log sum exp(logits) - q logits of every row, q = softmax(logits without the
// target's); d / d logits = p - q.
class HeadToOthers : public Function<HeadToOthers> {
 public:
  static Tensor forward(AutogradContext* context, const Tensor& states,
                        const Tensor& weight, const MaybeBias& bias,
                        double softcap, const Tensor& targets) {
    const Head head = head_of(weight, bias, softcap);
    const Tensor found =
        at::empty({states.size(0)}, states.options().dtype(at::kFloat));
    for_chunks(states.size(0), weight.size(0), [&](int64_t at, int64_t n) {
      const Tensor logits = chunk_logits(states, head, at, n);
      const Tensor others =
          at::softmax(without(logits, targets.narrow(0, at, n)), 1);
      found.narrow(0, at, n).copy_(logits.logsumexp(1) -
                                   (others * logits).sum(1));
    });
    context->save_for_backward({states, weight, head.bias, targets});
    context->saved_data["softcap"] = softcap;
    return found;
  }

  static variable_list backward(AutogradContext* context, variable_list grads) {
    const auto saved = context->get_saved_variables();
    const Tensor &states = saved[0], &targets = saved[3];
    const Head head =
        head_of(saved[1], saved[2], context->saved_data["softcap"].toDouble());
    HeadGradients gradients(states, head);
    for_chunks(states.size(0), head.weight.size(0), [&](int64_t at, int64_t n) {
      const Tensor logits = chunk_logits(states, head, at, n);
      Tensor d = at::softmax(logits, 1);
      d.sub_(at::softmax(without(logits, targets.narrow(0, at, n)), 1));
      d.mul_(grads[0].narrow(0, at, n).unsqueeze(1));
      gradients.add(d, logits, at);
    });
    return {gradients.of_states, gradients.of_weight, gradients.of_bias,
            Tensor(), Tensor()};
  }
};

Tensor scored_states(const Model& model, const Batch& batch) {
  Ragged rows = batch.rows;
  rows.wanted = batch.scored;
  return model.hidden(rows);
}

}  // namespace

Tensor token_nll(const Model& model, const Batch& batch) {
  const Head& head = model.head_weights();
  return HeadNll::apply(scored_states(model, batch), head.weight, bias_of(head),
                        head.softcap, batch.targets);
}

Tensor token_cross_entropy_to_others(const Model& model, const Batch& batch) {
  const Head& head = model.head_weights();
  return HeadToOthers::apply(scored_states(model, batch), head.weight,
                             bias_of(head), head.softcap, batch.targets);
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
  const Head &head = model.head_weights(), &head0 = original.head_weights();
  const Tensor kl =
      HeadKl::apply(scored_states(model, batch), head.weight, bias_of(head),
                    head.softcap, states0, head0.weight, bias_of(head0));
  return kl.sum() / static_cast<double>(batch.step_tokens);
}

}  // namespace lethe
