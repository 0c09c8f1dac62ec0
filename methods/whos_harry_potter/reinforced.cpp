#include "methods/whos_harry_potter/reinforced.h"

#include "harness/base/error.h"
#include "harness/train/losses.h"

namespace lethe {
namespace {

class Reinforcing final : public Method {
 public:
  void step(Step& s) const override {
    s.add("forget", 1, [&] { return mean_nll(s.model, s.forget); });
  }
};

}  // namespace

Json Reinforcement::options() const {
  return {{"lr", lr}, {"epochs", epochs}, {"steps", 0}, {"lora_merge", true}};
}

Unlearned reinforce(Context& context, const std::string& method,
                    const Reinforcement& how) {
  Unlearned made =
      context.train_aside(Reinforcing(), "reinforced", how.options());
  if (!made.message.empty()) {
    fail_runtime(method, "the reinforced model: " + made.message,
                 "lower reinforce_lr");
  }
  return made;
}

}  // namespace lethe
