// SatImp: gradient ascent in which a forget token counts by saturation (how far
// it is from forgotten) and importance (how far it is from certain).
//
//   L = -forget mean p^beta1 (1 - p)^beta2 (-log p) + retain NLL(retain)
//   mean over the supervised tokens of forget; the weights record no gradient
//
// Paper: Yang et al. 2025, arXiv:2505.11953. Peer: open-unlearning
// SatImp @ d3d7cf9. The weights of the terms are those of its configuration;
// its README has the two the other way round.
#include "harness/base/registry.h"
#include "harness/plugin/method.h"
#include "harness/tensor/ops.h"
#include "harness/train/losses.h"

namespace lethe {
namespace {

struct Options {
  double beta1 = 5.0;   // exponent of p, >= 0
  double beta2 = 1.0;   // exponent of 1 - p, >= 0
  double forget = 0.1;  // weight of the ascent term, >= 0
  double retain = 1.0;  // weight of the retain NLL, >= 0
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Options, beta1, beta2, forget,
                                                retain)

class Satimp final : public Method {
 public:
  explicit Satimp(const Json& json) : o_(parse<Options>(json)) {
    if (o_.beta1 >= 0 && o_.beta2 >= 0) return;
    fail_usage("satimp", "beta1 or beta2 is below 0", "try 5 and 1");
  }

  Uses uses() const override { return {.retain = o_.retain != 0}; }

  void step(Step& s) const override {
    s.add("forget", -o_.forget, [&] { return weighted(s); });
    s.add("retain", o_.retain, [&] { return mean_nll(s.model, s.retain); });
  }

 private:
  Tensor weighted(Step& s) const {
    const double scale = 1.0 / static_cast<double>(s.forget.step_tokens);
    return token_loss(
        s.model, s.forget, [&](const Tensor& nll, const TokenRange&) {
          const Tensor logp = -nll.detach();
          const Tensor weight =
              at::exp(logp * o_.beta1) * at::pow(-at::expm1(logp), o_.beta2);
          return (weight * nll).sum() * scale;
        });
  }

  const Options o_;
};

[[maybe_unused]] const bool registered = Registry<Method>::add<Satimp>(
    {.name = "satimp",
     .summary = "Gradient ascent weighted by saturation and importance.",
     .paper = "arXiv:2505.11953",
     .options = defaults<Options>()});

}  // namespace
}  // namespace lethe
