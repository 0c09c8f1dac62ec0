// Direct preference optimisation: a forget text's own answer is the
// dispreferred one, another answer that its row has the preferred one.
//
//   L = forget scale mean -log sigmoid(beta (w - l))
//       + retain NLL(retain) + kl KL(original || model)(retain)
//   w, l: log p - log p_original of the other and of the forget answer, summed
//         over supervised tokens
//   scale: 1, or 2 / beta with form=open_unlearning
//
// Paper: Rafailov et al. 2023, arXiv:2305.18290, equation 7. Peer:
// open-unlearning DPO @ d3d7cf9 (form=open_unlearning); losses agree to 1e-5.
#include "harness/base/registry.h"
#include "harness/tensor/ops.h"
#include "harness/train/losses.h"
#include "methods/answers.h"
#include "methods/preference.h"

namespace lethe {
namespace {

struct Options {
  double beta = 0.1;           // inverse temperature, > 0
  std::string form = "paper";  // or "open_unlearning": times 2 / beta
  // Of the forget rows, a string or a list of them, of which each step draws
  // one; empty: "alternate" or "alternates".
  std::string field;
  double forget = 1.0;  // weight of the preference term, >= 0
  double retain = 1.0;  // weight of the retain NLL, >= 0
  double kl = 0.0;      // weight of the KL on retain, >= 0; nats a token
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Options, beta, form, field,
                                                forget, retain, kl)

class Dpo final : public Method {
 public:
  explicit Dpo(const Json& json)
      : o_(parse<Options>(json)), scale_(pair_scale("dpo", o_.form, o_.beta)) {}

  Uses uses() const override { return pair_uses(o_.retain, o_.kl); }

  std::vector<Answers> alternates(Context& context) const override {
    return alternates_of_rows(context, o_.field);
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

[[maybe_unused]] const bool registered = Registry<Method>::add<Dpo>(
    {.name = "dpo",
     .summary = "Preference of other answers that the rows have.",
     .paper = "arXiv:2305.18290",
     .options = defaults<Options>()});

}  // namespace
}  // namespace lethe
