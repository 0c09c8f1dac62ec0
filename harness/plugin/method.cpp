#include "harness/plugin/method.h"

#include <algorithm>
#include <cmath>

#include "harness/base/error.h"

namespace lethe {

int64_t layer_of(const Uses& uses, int64_t layers) {
  if (uses.original_depth > 0) {
    const double share = uses.original_depth * static_cast<double>(layers);
    return std::clamp<int64_t>(std::llround(share), 1, layers);
  }
  if (uses.original_layer > layers) {
    fail_usage("method",
               fmt::format("asks for the states after {} layers of a model "
                           "with {}",
                           uses.original_layer, layers),
               "choose a lower layer");
  }
  return uses.original_layer;
}

void Step::note(const std::string&, const Tensor&, int64_t) {}

void Method::step(Step&) const {
  fail_runtime("method", "has neither step() nor unlearn()",
               "override one of them");
}

void Method::before_step(TrainState&) const {}

void Method::label(Context&, TrainingSet&) const {}

std::vector<std::vector<std::string>> Method::alternates(Context&) const {
  fail_runtime("method", "uses alternates and gives none",
               "override alternates()");
}

Unlearned Method::unlearn(Context& context) const {
  return context.train(*this);
}

}  // namespace lethe
