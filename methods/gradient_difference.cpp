// Gradient difference: climb the loss on the forget set, descend it on the
// retain set.
//
//   L = -forget NLL(forget) + retain NLL(retain)
//
// Paper: Liu et al. 2022, arXiv:2203.12817; Maini et al. 2024 (TOFU),
// arXiv:2401.06121, section 3.1. Peer: open-unlearning GradDiff @ d3d7cf9;
// losses agree to 1e-5.
#include "harness/base/registry.h"
#include "harness/plugin/method.h"
#include "harness/train/losses.h"

namespace lethe {
namespace {

struct Options {
  double forget = 1.0;  // weight of the ascent term, >= 0
  double retain = 1.0;  // weight of the retain term, >= 0
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Options, forget, retain)

class GradientDifference final : public Method {
 public:
  explicit GradientDifference(const Json& json) : o_(parse<Options>(json)) {}
  Uses uses() const override { return {.retain = o_.retain != 0}; }

  // Each term's backward runs before the next is built: one graph at a time.
  void step(Step& s) const override {
    s.add("forget", -o_.forget, [&] { return mean_nll(s.model, s.forget); });
    s.add("retain", o_.retain, [&] { return mean_nll(s.model, s.retain); });
  }

 private:
  const Options o_;
};

[[maybe_unused]] const bool registered =
    Registry<Method>::add<GradientDifference>(
        {.name = "gradient_difference",
         .summary = "Ascent on forget, descent on retain.",
         .paper = "arXiv:2203.12817",
         .options = defaults<Options>()});

}  // namespace
}  // namespace lethe
