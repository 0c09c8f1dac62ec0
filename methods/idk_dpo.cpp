// Preference of "I do not know": direct preference optimisation with a refusal,
// drawn at random each step, in place of a better answer.
//
//   L = forget (2 / beta) mean -log sigmoid(beta (w - l))
//       + retain NLL(retain) + kl KL(original || model)(retain)
//   w, l: log p - log p_original of a refusal and of the forget answer, summed
//         over supervised tokens
//
// Paper: Zhang et al. 2024, arXiv:2404.05868 (DPO, DPO+RT and DPO+KL there).
// Peer: open-unlearning DPO @ d3d7cf9 ("IdkDPO"); losses agree to 1e-5.
// form=paper leaves 2 / beta out, as Rafailov et al. 2023 (arXiv:2305.18290)
// and TOFU's code do. The refusals are worded by us: answers=FILE takes TOFU's.
#include "harness/base/registry.h"
#include "harness/tensor/ops.h"
#include "harness/train/losses.h"
#include "methods/answers.h"
#include "methods/preference.h"

namespace lethe {
namespace {

struct Options {
  double beta = 0.1;                     // inverse temperature, > 0
  std::string form = "open_unlearning";  // or "paper": without 2 / beta
  std::string answers;                   // file of refusals; empty: ours
  double forget = 1.0;                   // weight of the preference term, >= 0
  double retain = 1.0;                   // weight of the retain NLL, >= 0
  double kl = 0.0;  // weight of the KL on retain, >= 0; nats a token
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Options, beta, form, answers,
                                                forget, retain, kl)

class IdkDpo final : public Method {
 public:
  explicit IdkDpo(const Json& json)
      : o_(parse<Options>(json)),
        scale_(pair_scale("idk_dpo", o_.form, o_.beta)) {}

  Uses uses() const override { return pair_uses(o_.retain, o_.kl); }

  std::vector<Answers> alternates(Context& context) const override {
    return refusals_of_texts(context, o_.answers);
  }

  void step(Step& s) const override {
    s.add("forget", o_.forget, [&] { return pair_loss(s, o_.beta) * scale_; });
    s.add("retain", o_.retain, [&] { return mean_nll(s.model, s.retain); });
    s.add("kl", o_.kl, [&] { return s.original_kl(s.retain); });
  }

 private:
  const Options o_;
  const double scale_;
};

[[maybe_unused]] const bool registered = Registry<Method>::add<IdkDpo>(
    {.name = "idk_dpo",
     .summary = "Preference of refusals over the forget answers.",
     .paper = "arXiv:2404.05868",
     .options = defaults<Options>(),
     .files = {"answers"}});

}  // namespace
}  // namespace lethe
