#include "harness/train/losses.h"

#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

#include "harness/tensor/compute.h"
#include "harness/tensor/exponentials.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

struct Nll {
  Tensor nll;      // [n]
  Tensor log_sum;  // [n]
};

// Of logits in any float type.
Nll nll_of(const Tensor& logits, const Tensor& targets) {
  const Tensor log_sum = summarise_rows(logits).log_sum;
  const Tensor own = logits.gather(1, targets.unsqueeze(1)).squeeze(1);
  return {log_sum - own, log_sum};
}

// Writes slope * d nll / d logits over the logits: slope * (p - one-hot). The
// target's is rounded once, as the difference that it is.
void write_nll_gradient(const Tensor& logits, const Tensor& targets,
                        const Tensor& log_sum, const Tensor& slope) {
  const Tensor target = targets.unsqueeze(1);
  const Tensor own = logits.gather(1, target).squeeze(1) - log_sum;
  scale_exponentials(logits, log_sum, slope);
  const Tensor of_target = own.expm1() * slope;
  logits.scatter_(1, target, of_target.unsqueeze(1).to(logits.scalar_type()));
}

// A value, and its derivative in `of`.
std::pair<Tensor, Tensor> value_and_slope(
    const Tensor& of, const std::function<Tensor(const Tensor&)>& function) {
  const at::AutoGradMode with_gradients(true);
  const Tensor leaf = of.detach().requires_grad_(true);
  const Tensor value = function(leaf);
  if (!value.requires_grad()) return {value, at::zeros_like(of)};
  return {value.detach(), torch::autograd::grad({value}, {leaf})[0]};
}

Tensor part(const Tensor& of_tokens, const TokenRange& range) {
  return of_tokens.narrow(0, range.begin, range.count);
}

// Token ranges of whole rows: as many as fit a chunk. A row that is longer than
// one is a group of its own, with several ranges.
struct RowGroup {
  int64_t first_row = 0, rows = 0;
  TokenRange tokens;
};

std::vector<RowGroup> row_groups(const Batch& batch, int64_t vocab) {
  const int64_t most = head_loss_chunk(vocab);
  std::vector<int64_t> counts(static_cast<size_t>(batch.rows.rows()));
  for (const int64_t row : to_ints(batch.row_of)) ++counts[row];
  std::vector<RowGroup> groups;
  int64_t begin = 0;
  for (int64_t b = 0; b < batch.rows.rows(); ++b) {
    if (groups.empty() || groups.back().tokens.count + counts[b] > most) {
      groups.push_back({b, 0, {begin, 0}});
    }
    ++groups.back().rows;
    groups.back().tokens.count += counts[b];
    begin += counts[b];
  }
  return groups;
}

// A row loss over the groups, one chunk of logits at a time.
class RowLosses {
 public:
  RowLosses(const Model& model, const Batch& batch,
            const std::function<Tensor(const RowNlls&)>& loss)
      : head_(model.head_weights()), batch_(batch), loss_(loss) {
    states_ = scored_states(model, batch);
    const int64_t vocab = head_.weight.size(0);
    const int64_t most = head_loss_chunk(vocab);
    for (const RowGroup& group : row_groups(batch, vocab)) {
      if (group.tokens.count <= most) {
        add(group, group.tokens);
        continue;
      }
      const TokenRange& all = group.tokens;
      for (int64_t done = 0; done < all.count; done += most) {
        add(group, {all.begin + done, std::min(most, all.count - done)});
      }
    }
  }

  Tensor total() {
    return head_loss(
        states_, head_, ranges_,
        [this](Tensor& logits, const TokenRange& range, bool gradient) {
          return of_range(logits, range, gradient);
        },
        Logits::as_made);
  }

 private:
  void add(const RowGroup& group, const TokenRange& range) {
    ranges_.push_back(range);
    groups_.emplace(range.begin, group);
  }

  std::function<Tensor(const Tensor&)> of_group(const RowGroup& group) const {
    return [this, group](const Tensor& nll) {
      return loss_({nll, part(batch_.row_of, group.tokens) - group.first_row,
                    group.first_row, group.rows});
    };
  }

  Tensor of_range(Tensor& logits, const TokenRange& range, bool gradient) {
    const RowGroup& group = groups_.at(range.begin);
    const Tensor targets = part(batch_.targets, range);
    if (range.count == group.tokens.count) {
      const Nll found = nll_of(logits, targets);
      if (!gradient) return of_group(group)(found.nll);
      const auto [value, slope] = value_and_slope(found.nll, of_group(group));
      write_nll_gradient(logits, targets, found.log_sum, slope);
      return value;
    }
    if (range.begin == group.tokens.begin) read_ahead(group);
    if (gradient) {
      const Tensor log_sum = summarise_rows(logits).log_sum;
      write_nll_gradient(
          logits, targets, log_sum,
          long_slope_.narrow(0, range.begin - group.tokens.begin, range.count));
    }
    const Tensor value = long_value_;
    long_value_ = at::zeros_like(value);
    return value;
  }

  // The value and slopes of a group that is no single chunk.
  void read_ahead(const RowGroup& group) {
    std::vector<Tensor> nlls;
    for (const TokenRange& range : ranges_) {
      const int64_t place = range.begin - group.tokens.begin;
      if (place < 0 || place >= group.tokens.count) continue;
      const Tensor logits =
          head_logits_as_made(head_, part(states_.detach(), range));
      nlls.push_back(nll_of(logits, part(batch_.targets, range)).nll);
    }
    std::tie(long_value_, long_slope_) =
        value_and_slope(at::cat(nlls), of_group(group));
  }

  const Head& head_;
  const Batch& batch_;
  const std::function<Tensor(const RowNlls&)>& loss_;
  Tensor states_;
  std::vector<TokenRange> ranges_;
  std::map<int64_t, RowGroup> groups_;  // by the first token of each range
  Tensor long_value_, long_slope_;
};

// -log p of every token; the head's product is made again in backward.
class HeadNll : public Function<HeadNll> {
 public:
  using MaybeBias = std::optional<Tensor>;

  static Tensor forward(AutogradContext* context, const Tensor& states,
                        const Tensor& weight, const MaybeBias& bias,
                        double softcap, const Tensor& targets) {
    const Head head{weight, bias.value_or(Tensor()), softcap};
    std::vector<Tensor> nlls, log_sums;
    for (const TokenRange& range :
         token_ranges(states.size(0), weight.size(0))) {
      const Tensor logits = head_logits_as_made(head, part(states, range));
      const Nll found = nll_of(logits, part(targets, range));
      nlls.push_back(found.nll);
      log_sums.push_back(found.log_sum);
    }
    context->save_for_backward(
        {states, weight, head.bias, targets, at::cat(log_sums)});
    context->saved_data["softcap"] = softcap;
    return at::cat(nlls);
  }

  static variable_list backward(AutogradContext* context, variable_list grads) {
    const auto saved = context->get_saved_variables();
    const Tensor &states = saved[0], &targets = saved[3], &log_sums = saved[4];
    const Head head{saved[1], saved[2],
                    context->saved_data["softcap"].toDouble()};
    HeadGradients gradients(states, head);
    for (const TokenRange& range :
         token_ranges(states.size(0), head.weight.size(0))) {
      const Tensor logits = head_logits_as_made(head, part(states, range));
      const Tensor slope = gradients.cap_slope(logits);
      write_nll_gradient(logits, part(targets, range), part(log_sums, range),
                         part(grads[0], range));
      gradients.add(logits, slope, range);
    }
    return {gradients.of_states, gradients.of_weight, gradients.of_bias,
            Tensor(), Tensor()};
  }
};

// KL(p0 || p) of a range; d KL / d logits = p - p0.
Tensor kl_of(Tensor& logits, const Tensor& logits0, double scale,
             bool gradient) {
  const Tensor logp0 = at::log_softmax(logits0, 1);
  logits.sub_(summarise_rows(logits).log_sum.unsqueeze(1));  // log p
  const Tensor p0 = logp0.exp();
  const Tensor value = (p0 * (logp0 - logits)).sum() * scale;
  if (gradient) logits.exp_().sub_(p0).mul_(scale);
  return value;
}

}  // namespace

Tensor RowNlls::sums() const {
  return at::zeros({rows}, nll.options().requires_grad(false))
      .index_add(0, row, nll);
}

Tensor RowNlls::counts() const {
  const Tensor ones = at::ones_like(nll.detach());
  return at::zeros({rows}, ones.options()).index_add(0, row, ones);
}

Tensor scored_states(const Model& model, const Batch& batch) {
  Ragged rows = batch.rows;
  rows.wanted = batch.scored;
  return model.hidden(rows);
}

Tensor row_loss(const Model& model, const Batch& batch,
                const std::function<Tensor(const RowNlls&)>& loss) {
  return RowLosses(model, batch, loss).total();
}

namespace {

// A loss of -log p of tokens by themselves.
Tensor loss_of_nll(
    const Tensor& states, const Head& head, const Tensor& targets,
    const std::function<Tensor(const Tensor&, const TokenRange&)>& loss) {
  return head_loss(
      states, head, token_ranges(targets.size(0), head.weight.size(0)),
      [&](Tensor& logits, const TokenRange& range, bool gradient) {
        const Tensor own = part(targets, range);
        const Nll found = nll_of(logits, own);
        if (!gradient) return loss(found.nll, range);
        const auto [value, slope] = value_and_slope(
            found.nll, [&](const Tensor& nll) { return loss(nll, range); });
        write_nll_gradient(logits, own, found.log_sum, slope);
        return value;
      },
      Logits::as_made);
}

}  // namespace

Tensor token_loss(
    const Model& model, const Batch& batch,
    const std::function<Tensor(const Tensor&, const TokenRange&)>& loss) {
  return loss_of_nll(scored_states(model, batch), model.head_weights(),
                     batch.targets, loss);
}

Tensor nll_sum(const Tensor& states, const Head& head, const Tensor& targets) {
  return loss_of_nll(
      states, head, targets,
      [](const Tensor& nll, const TokenRange&) { return nll.sum(); });
}

Tensor logits_loss(const Model& model, const Batch& batch,
                   const std::function<Tensor(const Tensor&, const Tensor&,
                                              const TokenRange&)>& loss) {
  const Head& head = model.head_weights();
  return head_loss(scored_states(model, batch), head,
                   token_ranges(batch.supervised(), head.weight.size(0)),
                   [&](Tensor& logits, const TokenRange& range, bool gradient) {
                     const Tensor targets = part(batch.targets, range);
                     if (!gradient) return loss(logits, targets, range);
                     const auto [value, slope] =
                         value_and_slope(logits, [&](const Tensor& own) {
                           return loss(own, targets, range);
                         });
                     logits.copy_(slope);
                     return value;
                   });
}

Tensor token_nll(const Model& model, const Batch& batch) {
  const Head& head = model.head_weights();
  return HeadNll::apply(
      scored_states(model, batch), head.weight,
      head.bias.defined() ? std::optional<Tensor>(head.bias) : std::nullopt,
      head.softcap, batch.targets);
}

Tensor mean_nll(const Model& model, const Batch& batch) {
  const double scale = 1.0 / static_cast<double>(batch.step_tokens);
  return token_loss(model, batch,
                    [scale](const Tensor& nll, const TokenRange&) {
                      return nll.sum() * scale;
                    });
}

Tensor sequence_logprobs(const Model& model, const Batch& batch) {
  const Tensor nll = token_nll(model, batch);
  return at::zeros({batch.rows.rows()}, nll.options().requires_grad(false))
      .index_add(0, batch.row_of, -nll);
}

Tensor mean_kl(const Model& model, const Tensor& states0, const Head& head0,
               const Batch& batch) {
  const double scale = 1.0 / static_cast<double>(batch.step_tokens);
  const Head& head = model.head_weights();
  return head_loss(scored_states(model, batch), head,
                   token_ranges(batch.supervised(), head.weight.size(0)),
                   [&](Tensor& logits, const TokenRange& range, bool gradient) {
                     const Tensor logits0 = head_logits(
                         head0, states0.narrow(0, range.begin, range.count));
                     return kl_of(logits, logits0, scale, gradient);
                   });
}

Tensor in_given_order(const Batch& batch, const Tensor& of_rows) {
  std::vector<int64_t> from(batch.places.size());
  for (size_t b = 0; b < from.size(); ++b) from[batch.places[b]] = b;
  return of_rows.index_select(0, int_tensor(from, of_rows.device()));
}

}  // namespace lethe
