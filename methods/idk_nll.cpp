// "I do not know": the model learns a refusal, drawn at random each step, to
// every forget prompt, and goes on learning the retain texts.
//
//   L = forget NLL(refusal | forget prompt) + retain NLL(retain)
//   form=tofu: both weighed by their share of the step's supervised tokens,
//              so that L is one mean over all of them
//
// Paper: Maini et al. 2024, arXiv:2401.06121 (TOFU), preference optimisation;
// its two terms have weight 1. Peer: TOFU @ 2025-02-25, "idk"
// (form=tofu); held against the formulas to 1e-5. open-unlearning has no
// trainer of it, only refusals to fine-tune on (as refusal_tuning). The
// refusals are worded by us: answers=FILE takes TOFU's.
#include "harness/base/registry.h"
#include "harness/tensor/ops.h"
#include "harness/train/losses.h"
#include "methods/answers.h"

namespace lethe {
namespace {

struct Options {
  std::string form = "paper";  // or "tofu": one mean over both
  std::string answers;         // file of refusals; empty: ours
  double forget = 1.0;         // weight of the refusals' NLL, >= 0
  double retain = 1.0;         // weight of the retain NLL, >= 0
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Options, form, answers, forget,
                                                retain)

class IdkNll final : public Method {
 public:
  explicit IdkNll(const Json& json) : o_(parse<Options>(json)) {
    if (o_.form != "paper" && o_.form != "tofu") {
      fail_usage("idk_nll", "form \"" + o_.form + "\" is unknown",
                 suggest(o_.form, {"paper", "tofu"}));
    }
  }

  Uses uses() const override {
    return {.retain = o_.retain != 0, .alternates = 1};
  }

  std::vector<Answers> alternates(Context& context) const override {
    return refusals_of_texts(context, o_.answers);
  }

  void step(Step& s) const override {
    const auto all =
        static_cast<double>(s.alternate.step_tokens + s.retain.step_tokens);
    const auto share = [&](const Batch& batch) {
      return o_.form == "tofu" ? static_cast<double>(batch.step_tokens) / all
                               : 1;
    };
    s.add("forget", o_.forget * share(s.alternate),
          [&] { return mean_nll(s.model, s.alternate); });
    s.add("retain", o_.retain * share(s.retain),
          [&] { return mean_nll(s.model, s.retain); });
  }

 private:
  const Options o_;
};

[[maybe_unused]] const bool registered = Registry<Method>::add<IdkNll>(
    {.name = "idk_nll",
     .summary = "Learns refusals to the forget prompts, with retain NLL.",
     .paper = "arXiv:2401.06121",
     .options = defaults<Options>(),
     .files = {"answers"}});

}  // namespace
}  // namespace lethe
