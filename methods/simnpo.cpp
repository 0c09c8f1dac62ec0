// SimNPO: negative preference optimisation without a reference model; the
// log-prob of a forget text is divided by its length instead.
//
//   L = forget (2 / beta) mean -log sigmoid(-(beta / n) log p - gamma)
//       + retain NLL(retain)
//   log p: sum over the n supervised tokens of a forget row
//   form muse_logits: the logits z in place of log p / n, the mean over
//   supervised tokens and vocabulary
//
// Paper: Fan et al. 2024, arXiv:2410.07163. Peer: open-unlearning
// SimNPO @ d3d7cf9, whose margin delta is gamma / beta; losses agree to 1e-5.
// The defaults are the peer's, which are the paper's for TOFU's forget10.
// muse_logits is what the paper's own code runs for MUSE (Unlearn-Simple
// @ ec7be0c), a loss of its own; deviation: its mean includes padding and the
// logits behind the last token.
#include "harness/base/registry.h"
#include "harness/plugin/method.h"
#include "harness/tensor/ops.h"
#include "harness/train/losses.h"

namespace lethe {
namespace {

struct Options {
  std::string form = "paper";  // paper, or muse_logits
  double beta = 4.5;           // inverse temperature, > 0
  double gamma = 0.0;          // margin, >= 0
  double forget = 0.125;       // weight of the preference term, >= 0
  double retain = 1.0;         // weight of the retain NLL, >= 0
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Options, form, beta, gamma,
                                                forget, retain)

class Simnpo final : public Method {
 public:
  explicit Simnpo(const Json& json) : o_(parse<Options>(json)) {
    if (!(o_.beta > 0)) fail_usage("simnpo", "beta is not above 0", "try 4.5");
    if (!(o_.gamma >= 0)) fail_usage("simnpo", "gamma is below 0", "try 0");
    if (o_.form != "paper" && o_.form != "muse_logits") {
      fail_usage("simnpo", "form is " + o_.form, "choose paper or muse_logits");
    }
  }

  Uses uses() const override { return {.retain = o_.retain != 0}; }

  void step(Step& s) const override {
    s.add("forget", o_.forget, [&] {
      return o_.form == "paper" ? preference(s) : logit_preference(s);
    });
    s.add("retain", o_.retain, [&] { return mean_nll(s.model, s.retain); });
  }

 private:
  Tensor logit_preference(Step& s) const {
    const int64_t vocabulary = s.model.head_weights().weight.size(0);
    const double scale = -2.0 / o_.beta /
                         static_cast<double>(s.forget.step_tokens) /
                         static_cast<double>(vocabulary);
    return logits_loss(
        s.model, s.forget,
        [&](const Tensor& logits, const Tensor&, const TokenRange&) {
          return at::log_sigmoid(logits * -o_.beta - o_.gamma).sum() * scale;
        });
  }

  Tensor preference(Step& s) const {
    const double scale =
        -2.0 / o_.beta / static_cast<double>(s.forget.step_rows);
    return row_loss(s.model, s.forget, [&](const RowNlls& nlls) {
      const Tensor mean = -nlls.sums() / nlls.counts().clamp_min(1);
      return at::log_sigmoid(mean * -o_.beta - o_.gamma).sum() * scale;
    });
  }

  const Options o_;
};

[[maybe_unused]] const bool registered = Registry<Method>::add<Simnpo>(
    {.name = "simnpo",
     .summary = "Preference optimisation by mean log-probs, no reference.",
     .paper = "arXiv:2410.07163",
     .options = defaults<Options>()});

}  // namespace
}  // namespace lethe
