#include "harness/plugin/method.h"

#include "harness/base/error.h"

namespace lethe {

void Method::step(Step&) const {
  fail_runtime("method", "has neither step() nor unlearn()",
               "override one of them");
}

void Method::before_step(TrainState&) const {}

std::vector<std::vector<std::string>> Method::alternates(Context&) const {
  fail_runtime("method", "uses alternates and gives none",
               "override alternates()");
}

Unlearned Method::unlearn(Context& context) const {
  return context.train(*this);
}

}  // namespace lethe
