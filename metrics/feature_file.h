// Features of two sets of texts, from a safetensors file.
#pragma once

#include <string>

#include "metrics/clusters.h"

namespace lethe {

struct FeaturePair {
  Points p;
  Points q;
};

// The tensors `p` and `q`, [N, D] and [M, D] float32, of the file; others are
// not looked at.
// Throws: usage error if the file is absent; input error if it is no
// safetensors file, a tensor is missing, has another type or rank, no row or no
// column, both have another D, or a value is not finite (with its place).
FeaturePair read_features(const std::string& path);

}  // namespace lethe
