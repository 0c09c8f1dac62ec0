// Gradient ascent: climb the loss on the forget set.
//
//   L = -forget NLL(forget)
//
// Paper: Jang et al. 2022, arXiv:2210.01504, section 3. Peer: open-unlearning
// GradAscent @ d3d7cf9; losses agree to 1e-5.
#include "harness/base/registry.h"
#include "harness/plugin/method.h"
#include "harness/train/losses.h"

namespace lethe {
namespace {

struct Options {
  double forget = 1.0;  // weight of the ascent term, >= 0
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Options, forget)

class GradientAscent final : public Method {
 public:
  explicit GradientAscent(const Json& json) : o_(parse<Options>(json)) {}

  void step(Step& s) const override {
    s.add("forget", -o_.forget, [&] { return mean_nll(s.model, s.forget); });
  }

 private:
  const Options o_;
};

[[maybe_unused]] const bool registered = Registry<Method>::add<GradientAscent>(
    {.name = "gradient_ascent",
     .summary = "Ascent on the forget loss.",
     .paper = "arXiv:2210.01504",
     .options = defaults<Options>()});

}  // namespace
}  // namespace lethe
