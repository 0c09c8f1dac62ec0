// Two networks that answer as one model.
#pragma once

#include <functional>
#include <memory>

#include "harness/model/model.h"

namespace lethe {

// Logits [M, V] float32 of the first network's and the second's for the same
// places; it may change them.
using Combine =
    std::function<Tensor(const Tensor& first, const Tensor& second)>;

// The model whose logits are `combine` of theirs: both read every text, each
// with its own keys and values (Cache::add_beside), and what hidden() gives is
// [N, H1 + H2], so that logits are formed where one model's are, a chunk of
// rows at a time. Vocabulary, compute and ids that end texts are those of
// `first`, the window is the shorter one.
// Throws: usage error for vocabularies of different size, and for a model that
// is an ensemble itself.
std::shared_ptr<const Model> ensemble(std::shared_ptr<const Model> first,
                                      std::shared_ptr<const Model> second,
                                      Combine combine);

}  // namespace lethe
