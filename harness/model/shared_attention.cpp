#include "harness/model/shared_attention.h"

#include "harness/tensor/ops.h"

namespace lethe {

SharedAttention::SharedAttention(int64_t groups, const Tensor& query,
                                 int64_t kv_heads)
    : P_(groups),
      R_(query.size(0) / groups),
      t_(query.size(2)),
      KV_(kv_heads),
      G_(query.size(1) / kv_heads),
      D_(query.size(3)),
      grouped_(query.reshape({P_, R_, KV_, G_, t_, D_})) {}

Tensor SharedAttention::stacked_scores(const Tensor& key) const {
  const Tensor queries = grouped_.permute({0, 2, 3, 1, 4, 5})
                             .reshape({P_ * KV_, G_ * R_ * t_, D_});
  return at::bmm(queries, flat(key).transpose(1, 2));
}

Tensor SharedAttention::stacked_mix(const Tensor& probs,
                                    const Tensor& value) const {
  return at::bmm(probs, flat(value));
}

Tensor SharedAttention::shared_scores(const Tensor& key) const {
  const Tensor queries = grouped_.permute({2, 3, 0, 1, 4, 5})
                             .reshape({KV_, G_ * P_ * R_ * t_, D_});
  return to_groups(at::bmm(queries, key.transpose(1, 2)));
}

Tensor SharedAttention::shared_mix(const Tensor& probs,
                                   const Tensor& value) const {
  const Tensor all = probs.reshape({P_, KV_, G_, R_, t_, probs.size(2)})
                         .permute({1, 2, 0, 3, 4, 5})
                         .reshape({KV_, G_ * P_ * R_ * t_, probs.size(2)});
  return to_groups(at::bmm(all, value));
}

Tensor SharedAttention::own_scores(const Tensor& key) const {
  const int64_t s = key.size(2);
  const Tensor queries = grouped_.reshape({P_ * R_ * KV_, G_ * t_, D_});
  const Tensor keys = key.reshape({P_ * R_ * KV_, s, D_});
  return from_rows(at::bmm(queries, keys.transpose(1, 2)));
}

Tensor SharedAttention::own_mix(const Tensor& probs,
                                const Tensor& value) const {
  const int64_t s = value.size(2);
  const Tensor p = probs.reshape({P_, KV_, G_, R_, t_, s})
                       .permute({0, 3, 1, 2, 4, 5})
                       .reshape({P_ * R_ * KV_, G_ * t_, s});
  return from_rows(at::bmm(p, value.reshape({P_ * R_ * KV_, s, D_})));
}

Tensor SharedAttention::masked(const Tensor& scores, const Tensor& mask,
                               double softcap) const {
  const Tensor capped =
      softcap == 0 ? scores : at::tanh(scores / softcap) * softcap;
  if (!mask.defined()) return capped;
  const int64_t s = scores.size(2);
  const Tensor wide = mask.dim() == 2 ? mask.view({1, 1, 1, 1, t_, s})
                                      : mask.view({P_, 1, 1, R_, t_, s});
  return (capped.view({P_, KV_, G_, R_, t_, s}) + wide).view_as(scores);
}

Tensor SharedAttention::result(const Tensor& mixed) const {
  return mixed.view({P_, KV_, G_, R_, t_, D_})
      .permute({0, 3, 1, 2, 4, 5})
      .reshape({P_ * R_, KV_ * G_, t_, D_});
}

Tensor SharedAttention::flat(const Tensor& stack) const {
  return stack.view({P_ * KV_, stack.size(2), D_});
}

Tensor SharedAttention::to_groups(const Tensor& shared) const {
  return shared.view({KV_, G_, P_, R_, t_, shared.size(2)})
      .permute({2, 0, 1, 3, 4, 5})
      .reshape({P_ * KV_, G_ * R_ * t_, shared.size(2)});
}

Tensor SharedAttention::from_rows(const Tensor& own) const {
  return own.view({P_, R_, KV_, G_, t_, own.size(2)})
      .permute({0, 2, 3, 1, 4, 5})
      .reshape({P_ * KV_, G_ * R_ * t_, own.size(2)});
}

}  // namespace lethe
