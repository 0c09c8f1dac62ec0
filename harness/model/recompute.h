// Trading time for memory in training.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>

#include "harness/tensor/tensor.h"

namespace lethe {

using RecomputeKey = std::pair<const void*, int64_t>;

// work(x), of which nothing but x is kept: the backward pass computes it again.
// Gradients of the weights that `work` uses are added to them. `work` must give
// the same result at every call (Chen et al. 2016, arXiv:1604.06174).
// Parts that use the same weights have the same key.
Tensor recomputed(const Tensor& x, const RecomputeKey& key,
                  const std::function<Tensor(const Tensor&)>& work);

// Within a backward pass through a recomputed part: whether there are results
// of other calls with its key, whose backward passes can still add to the
// gradients of its weights. False elsewhere: a pass of the whole graph adds to
// a weight's gradient once.
bool more_recomputations();

}  // namespace lethe
