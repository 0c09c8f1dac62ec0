// A model folder made of another one, tensor by tensor.
#pragma once

#include <functional>
#include <string>

#include "harness/model/folder.h"

namespace lethe {

// Writes `source` to `out` as save_model does, with every tensor replaced by
// what `change` makes of its name and its stored view: the same shape, any
// dtype. One tensor at a time is in memory. `out` may hold a model that
// `change` reads through a ModelFolder.
// Throws: WriteError, runtime error for another shape, what `change` throws.
void save_changed(const ModelFolder& source,
                  const std::function<Tensor(const std::string& name,
                                             const Tensor& stored)>& change,
                  const std::string& out);

}  // namespace lethe
