// The door to LibTorch for interfaces: the tensor type and nothing else.
// Shapes in comments: B rows, N tokens of all rows, T tokens of a row, H hidden
// size, V vocabulary, D head size.
#pragma once

#include <ATen/core/Tensor.h>

namespace lethe {

using Tensor = at::Tensor;

}  // namespace lethe
