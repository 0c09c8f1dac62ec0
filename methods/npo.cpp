// Negative preference optimisation: the forget texts are the dispreferred
// answers of a preference loss without a preferred one.
//
//   L = forget (2 / beta) mean -log sigmoid(-beta (log p - log p_original))
//       + retain NLL(retain) + kl KL(original || model)(retain)
//   log p: sum over the supervised tokens of a forget row
//   form muse_logits: the logits z - z_original in place of log p -
//   log p_original, the mean over supervised tokens and vocabulary
//
// Paper: Zhang et al. 2024, arXiv:2404.05868, equation 3 (NPO), section 4
// (NPO+RT, NPO+KL). Peer: open-unlearning NPO @ d3d7cf9; losses agree to 1e-5.
// muse_logits is what MUSE runs as NPO (muse_bench @ e000038), a loss of its
// own; deviation: MUSE's mean includes padding and the logits behind the last
// token.
#include "harness/base/registry.h"
#include "harness/plugin/method.h"
#include "harness/tensor/ops.h"
#include "harness/train/losses.h"

namespace lethe {
namespace {

struct Options {
  std::string form = "paper";  // paper, or muse_logits
  double beta = 0.1;           // inverse temperature, > 0
  double forget = 1.0;         // weight of the preference term, >= 0
  double retain = 1.0;         // weight of the retain NLL, >= 0
  double kl = 0.0;             // weight of the KL on retain, >= 0; nats a token
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Options, form, beta, forget,
                                                retain, kl)

class Npo final : public Method {
 public:
  explicit Npo(const Json& json) : o_(parse<Options>(json)) {
    if (!(o_.beta > 0)) fail_usage("npo", "beta is not above 0", "try 0.1");
    if (o_.form != "paper" && !of_logits()) {
      fail_usage("npo", "form is " + o_.form, "choose paper or muse_logits");
    }
  }

  Uses uses() const override {
    return {.retain = o_.retain != 0 || o_.kl != 0,
            .original_logprobs = !of_logits(),
            .original_forget = of_logits(),
            .original_retain = o_.kl != 0};
  }

  void step(Step& s) const override {
    s.add("forget", o_.forget,
          [&] { return of_logits() ? logit_preference(s) : preference(s); });
    s.add("retain", o_.retain, [&] { return mean_nll(s.model, s.retain); });
    s.add("kl", o_.kl, [&] { return s.original_kl(s.retain); });
  }

 private:
  bool of_logits() const { return o_.form == "muse_logits"; }

  Tensor logit_preference(Step& s) const {
    const Tensor states0 = s.original_states(s.forget);
    const Head& head0 = s.original_head();
    const double scale = -2.0 / o_.beta /
                         static_cast<double>(s.forget.step_tokens) /
                         static_cast<double>(head0.weight.size(0));
    return logits_loss(
        s.model, s.forget,
        [&](const Tensor& logits, const Tensor&, const TokenRange& range) {
          const Tensor part = states0.narrow(0, range.begin, range.count);
          const Tensor logits0 = head_logits(head0, part).detach();
          return at::log_sigmoid((logits0 - logits) * o_.beta).sum() * scale;
        });
  }

  Tensor preference(Step& s) const {
    const Tensor original = s.original_logprobs(s.forget);
    const double scale =
        -2.0 / o_.beta / static_cast<double>(s.forget.step_rows);
    return row_loss(s.model, s.forget, [&](const RowNlls& nlls) {
      const Tensor ratio =
          -nlls.sums() - original.narrow(0, nlls.first_row, nlls.rows);
      return at::log_sigmoid(ratio * -o_.beta).sum() * scale;
    });
  }

  const Options o_;
};

[[maybe_unused]] const bool registered = Registry<Method>::add<Npo>(
    {.name = "npo",
     .summary = "Negative preference optimisation, with retain NLL or KL.",
     .paper = "arXiv:2404.05868",
     .options = defaults<Options>()});

}  // namespace
}  // namespace lethe
