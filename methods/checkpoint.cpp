// A model folder made elsewhere as a row of the table.
//
// Paper: none.
#include "harness/base/registry.h"
#include "harness/plugin/method.h"

namespace lethe {
namespace {

struct Options {
  std::string model;  // the folder
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Options, model)

class Checkpoint final : public Method {
 public:
  explicit Checkpoint(const Json& json) : o_(parse<Options>(json)) {
    if (o_.model.empty()) {
      fail_usage("checkpoint", "names no model", "set model to a folder");
    }
  }

  Uses uses() const override { return {.training = false}; }

  Unlearned unlearn(Context& context) const override {
    return {.folder = context.resolve_model(o_.model)};
  }

 private:
  const Options o_;
};

[[maybe_unused]] const bool registered = Registry<Method>::add<Checkpoint>(
    {.name = "checkpoint",
     .summary = "A model folder made elsewhere.",
     .paper = "",
     .options = defaults<Options>()});

}  // namespace
}  // namespace lethe
