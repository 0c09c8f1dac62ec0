// Trading time for memory in training.
#pragma once

#include <functional>

#include "harness/tensor/tensor.h"

namespace lethe {

// work(x), of which nothing but x is kept: the backward pass computes it again.
// Gradients of the weights that `work` uses are added to them. `work` must give
// the same result at every call (Chen et al. 2016, arXiv:1604.06174).
Tensor recomputed(const Tensor& x,
                  const std::function<Tensor(const Tensor&)>& work);

}  // namespace lethe
