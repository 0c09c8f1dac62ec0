// No unlearning: the model as it is, the row that every method is compared
// with.
//
// Paper: none.
#include "harness/base/registry.h"
#include "harness/plugin/method.h"

namespace lethe {
namespace {

class None final : public Method {
 public:
  explicit None(const Json& json) { reject_options(json); }

  Uses uses() const override { return {.training = false}; }

  Unlearned unlearn(Context& context) const override {
    return {.folder = context.model_folder()};
  }
};

[[maybe_unused]] const bool registered = Registry<Method>::add<None>(
    {.name = "none", .summary = "The model as it is.", .paper = ""});

}  // namespace
}  // namespace lethe
