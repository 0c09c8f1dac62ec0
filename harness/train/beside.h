// Several terms in one backward pass that holds the gradients of one layer.
#pragma once

#include <functional>

#include "harness/tensor/tensor.h"

namespace lethe {

// work(), recorded so that the backward pass of a sum of such results goes
// through them side by side: the last layers of all, then the ones before. The
// library runs what was recorded last first and counts a thread's records:
// `work` runs in a thread of its own, whose count starts at 0. Otherwise it
// would go through one result after the other and hold the first one's
// gradients of all weights. Not for models on the CPU: the library's products
// leave buffers behind with every thread, 13 MB a step of a 40 M model.
// Throws: what `work` throws.
Tensor recorded_beside(at::Device device, const std::function<Tensor()>& work);

}  // namespace lethe
