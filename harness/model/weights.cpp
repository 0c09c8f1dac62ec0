#include "harness/model/weights.h"

namespace lethe {

Tensor WeightSource::take(const std::string& name, const Shape& shape) {
  Tensor weight = fetch_(name, shape);
  taken_.emplace_back(name, weight);
  return weight;
}

Linear WeightSource::linear(const std::string& name, int64_t in, int64_t out,
                            bool bias) {
  Linear linear;
  linear.weight = take(name + ".weight", {out, in});
  if (bias) linear.bias = take(name + ".bias", {out});
  return linear;
}

}  // namespace lethe
