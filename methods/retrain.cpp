// Retraining from the start on everything but the forget data: the gold
// standard that unlearning methods approximate.
//
// Paper: Liu et al. 2024, arXiv:2402.08787 (exact unlearning, section 3).
// Without something to start from (`base`, `config`, or a suite that trains its
// model) it refuses: nothing else would be a retrained model.
#include "harness/base/registry.h"
#include "harness/plugin/method.h"

namespace lethe {
namespace {

struct Options {
  std::string base;    // folder of the model before it saw the forget data
  std::string config;  // config.json to start from fresh weights
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Options, base, config)

class Retrain final : public Method {
 public:
  explicit Retrain(const Json& json) : o_(parse<Options>(json)) {
    if (!o_.base.empty() && !o_.config.empty()) {
      fail_usage("retrain", "has both base and config", "give one of them");
    }
  }

  Uses uses() const override { return {.from_start = true}; }

  Unlearned unlearn(Context& context) const override {
    Json start;
    if (!o_.base.empty()) start["base"] = context.resolve_model(o_.base);
    if (!o_.config.empty()) start["config"] = context.resolve(o_.config);
    return context.retrain(start);
  }

 private:
  const Options o_;
};

[[maybe_unused]] const bool registered = Registry<Method>::add<Retrain>(
    {.name = "retrain",
     .summary = "Trained from the start without the forget data.",
     .paper = "arXiv:2402.08787",
     .options = defaults<Options>()});

}  // namespace
}  // namespace lethe
