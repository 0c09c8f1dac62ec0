#include "harness/plugin/method.h"

#include "harness/base/error.h"

namespace lethe {

void Method::step(Step&) const {
  fail_runtime("method", "has neither step() nor unlearn()",
               "override one of them");
}

Unlearned Method::unlearn(Context& context) const {
  return context.train(uses(), [this](Step& one) { this->step(one); });
}

}  // namespace lethe
