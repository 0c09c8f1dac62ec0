// Losses over the vocabulary in chunks of tokens: no block [M, V] exists, and
// the head's gradients are formed while a chunk's logits are there, so that no
// product is made twice.
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "harness/model/weights.h"
#include "harness/tensor/tensor.h"

namespace lethe {

// Tokens [begin, begin + count) of M supervised ones.
struct TokenRange {
  int64_t begin = 0;
  int64_t count = 0;
};

// The loss of some tokens, a scalar, from their logits [n, V]. With `gradient`,
// writes d loss / d logits over the logits.
using ChunkLoss = std::function<Tensor(Tensor& logits, const TokenRange& range,
                                       bool gradient)>;

// Ranges of all M tokens that fit one chunk each, in order.
std::vector<TokenRange> token_ranges(int64_t tokens, int64_t vocab);

// In which type a ChunkLoss reads logits: float32, or as the product of states
// and head comes (head_logits_as_made).
enum class Logits { float32, as_made };

// The sum of `loss` over the ranges of states [M, H], scalar float32; records
// the gradients of the states and the head.
Tensor head_loss(const Tensor& states, const Head& head,
                 const std::vector<TokenRange>& ranges, const ChunkLoss& loss,
                 Logits type = Logits::float32);

// Tokens whose logits are computed at once: about 100 MB of them.
int64_t head_loss_chunk(int64_t vocab);

// The gradients of a head, added up range by range. Those of weights that are
// not trained are not computed.
class HeadGradients {
 public:
  // states [M, H].
  HeadGradients(const Tensor& states, const Head& head);

  // Factors by which gradients pass the soft cap of these logits; to be asked
  // for before they are overwritten. Undefined without a soft cap.
  Tensor cap_slope(const Tensor& logits) const;
  // `d` is d loss / d logits [n, V] of a range.
  void add(const Tensor& d, const Tensor& cap_slope, const TokenRange& range);

  Tensor of_states;           // [M, H], in the states' dtype
  Tensor of_weight, of_bias;  // undefined when not trained

 private:
  const Tensor states_;
  const Head head_;
};

}  // namespace lethe
