// KL minimisation: climb the loss on the forget set and stay close to the
// original model's predictions on the retain set.
//
//   L = -forget NLL(forget) + kl KL(original || model)(retain)
//
// Paper: Maini et al. 2024 (TOFU), arXiv:2401.06121, section 3.1. Peer:
// open-unlearning GradDiff with retain_loss_type KL @ d3d7cf9. Deviation: the
// peer averages KL over every position, prompt and padding included; here it is
// the mean over the supervised tokens, so that padding changes nothing.
#include "harness/base/registry.h"
#include "harness/plugin/method.h"
#include "harness/train/losses.h"

namespace lethe {
namespace {

struct Options {
  double forget = 1.0;  // weight of the ascent term, >= 0
  double kl = 1.0;      // weight of the KL term, >= 0; nats a token
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Options, forget, kl)

class KlMinimisation final : public Method {
 public:
  explicit KlMinimisation(const Json& json) : o_(parse<Options>(json)) {}
  Uses uses() const override {
    return {.retain = o_.kl != 0, .original_retain = o_.kl != 0};
  }

  void step(Step& s) const override {
    s.add("forget", -o_.forget, [&] { return mean_nll(s.model, s.forget); });
    s.add("kl", o_.kl, [&] { return s.original_kl(s.retain); });
  }

 private:
  const Options o_;
};

[[maybe_unused]] const bool registered = Registry<Method>::add<KlMinimisation>(
    {.name = "kl_minimisation",
     .summary = "Ascent on forget, KL to the original on retain.",
     .paper = "arXiv:2401.06121",
     .options = defaults<Options>()});

}  // namespace
}  // namespace lethe
