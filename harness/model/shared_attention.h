// How scores over segments that rows share are laid out.
#pragma once

#include <cstdint>

#include "harness/tensor/tensor.h"

namespace lethe {

// Rows that continue segments: the scores over every segment of the chain and
// over the row's own keys share one softmax. P groups of R rows continue P
// stacked segments; what lies above those is shared by all. Scores, their
// softmax and the mixed values are laid out [P KV, G R t, *].
class SharedAttention {
 public:
  // `query` is scaled: [P R, heads, t, D].
  SharedAttention(int64_t groups, const Tensor& query, int64_t kv_heads);

  // Over the keys [P, KV, s, D] of the groups' own parents.
  Tensor stacked_scores(const Tensor& key) const;
  Tensor stacked_mix(const Tensor& probs, const Tensor& value) const;

  // Over keys [KV, s, D] that all groups share.
  Tensor shared_scores(const Tensor& key) const;
  Tensor shared_mix(const Tensor& probs, const Tensor& value) const;

  // Over each row's own keys [P R, KV, s, D].
  Tensor own_scores(const Tensor& key) const;
  Tensor own_mix(const Tensor& probs, const Tensor& value) const;

  // `mask` is [t, s] or [P R, 1, t, s].
  Tensor masked(const Tensor& scores, const Tensor& mask, double softcap) const;

  // [P R, heads, t, D].
  Tensor result(const Tensor& mixed) const;

 private:
  Tensor flat(const Tensor& stack) const;  // a view: stacks are contiguous
  Tensor to_groups(const Tensor& shared) const;
  Tensor from_rows(const Tensor& own) const;

  const int64_t P_, R_, t_, KV_, G_, D_;
  const Tensor grouped_;  // [P, R, KV, G, t, D]
};

}  // namespace lethe
