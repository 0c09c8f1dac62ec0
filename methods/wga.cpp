// Weighted gradient ascent: ascent on the forget set in which a token counts by
// its own probability, so that what is forgotten already pulls no further.
//
//   L = -forget mean p^beta (-log p) + retain NLL(retain)
//   mean over the supervised tokens of forget; p^beta records no gradient
//
// Paper: Wang et al. 2025, arXiv:2502.19301. Peer: open-unlearning
// WGA @ d3d7cf9, which also loads a reference model that it never reads.
#include "harness/base/registry.h"
#include "harness/plugin/method.h"
#include "harness/tensor/ops.h"
#include "harness/train/losses.h"

namespace lethe {
namespace {

struct Options {
  double beta = 1.0;    // exponent of the weight, >= 0; 0: gradient_difference
  double forget = 1.0;  // weight of the ascent term, >= 0
  double retain = 1.0;  // weight of the retain NLL, >= 0
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Options, beta, forget, retain)

class Wga final : public Method {
 public:
  explicit Wga(const Json& json) : o_(parse<Options>(json)) {
    if (!(o_.beta >= 0)) fail_usage("wga", "beta is below 0", "try 1");
  }

  Uses uses() const override { return {.retain = o_.retain != 0}; }

  void step(Step& s) const override {
    s.add("forget", -o_.forget, [&] { return weighted(s); });
    s.add("retain", o_.retain, [&] { return mean_nll(s.model, s.retain); });
  }

 private:
  Tensor weighted(Step& s) const {
    const double scale = 1.0 / static_cast<double>(s.forget.step_tokens);
    return token_loss(s.model, s.forget,
                      [&](const Tensor& nll, const TokenRange&) {
                        const Tensor weight = at::exp(nll.detach() * -o_.beta);
                        return (weight * nll).sum() * scale;
                      });
  }

  const Options o_;
};

[[maybe_unused]] const bool registered = Registry<Method>::add<Wga>(
    {.name = "wga",
     .summary = "Gradient ascent weighted by each token's probability.",
     .paper = "arXiv:2502.19301",
     .options = defaults<Options>()});

}  // namespace
}  // namespace lethe
