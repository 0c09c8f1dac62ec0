// Refusal tuning: fine-tuning on refusals to the forget prompts.
//
//   L = forget NLL(refusal | forget prompt) + retain NLL(retain)
//
// Paper: Jin et al. 2024, arXiv:2406.10890 (RWKU), rejection tuning (RT). Peer:
// RWKU @ 2024-09-30; it trains with LLaMA-Factory, whose loss is the mean NLL:
// held against that formula to 1e-5. RWKU has no retain term, hence retain=0;
// with retain=1 this is idk_nll. RWKU writes questions about a target with one
// refusal each; here the forget rows give the prompts, and each step draws one
// refusal of a list, which is worded by us (answers=FILE takes another).
#include "harness/base/registry.h"
#include "harness/tensor/ops.h"
#include "harness/train/losses.h"
#include "methods/answers.h"

namespace lethe {
namespace {

struct Options {
  std::string answers;  // file of refusals; empty: ours
  double forget = 1.0;  // weight of the refusals' NLL, >= 0
  double retain = 0.0;  // weight of the retain NLL, >= 0
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Options, answers, forget,
                                                retain)

class RefusalTuning final : public Method {
 public:
  explicit RefusalTuning(const Json& json) : o_(parse<Options>(json)) {}

  Uses uses() const override {
    return {.retain = o_.retain != 0, .alternates = 1};
  }

  std::vector<Answers> alternates(Context& context) const override {
    return refusals_of_texts(context, o_.answers);
  }

  void step(Step& s) const override {
    s.add("forget", o_.forget, [&] { return mean_nll(s.model, s.alternate); });
    s.add("retain", o_.retain, [&] { return mean_nll(s.model, s.retain); });
  }

 private:
  const Options o_;
};

[[maybe_unused]] const bool registered = Registry<Method>::add<RefusalTuning>(
    {.name = "refusal_tuning",
     .summary = "Fine-tunes on refusals to the forget prompts.",
     .paper = "arXiv:2406.10890",
     .options = defaults<Options>(),
     .files = {"answers"}});

}  // namespace
}  // namespace lethe
