// Gradient-norm membership inference: a text that was trained on lies where the
// loss is flat, so its gradient is small.
//
//   score = - |gradient of the mean NLL in all weights|; higher: a member
//   form=global: one norm over all weights; mean_over_tensors: the mean of the
//   norms of the weight tensors
//
// Paper: Wang et al. 2024, "Pandora's White-Box", arXiv:2402.17012 (gradient
// norms, 1, 2 and infinity). Peer: torch 2.11.0's autograd, to 1e-4 (testdata/,
// written by harness/oracle/membership.py); mimir @ 1b6fd64 (mean over tensors,
// infinity), the goldfish code (global, 2); open-unlearning returns +norm with
// dropout on. One backward pass a text, three times the cost of scoring it.
#include <limits>

#include "attacks/other_texts.h"
#include "harness/base/registry.h"

namespace lethe {
namespace {

struct Options {
  std::string norm = "l2";      // l1, l2 or linf
  std::string form = "global";  // global or mean_over_tensors
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Options, norm, form)

class GradientNormMia final : public Probe {
 public:
  explicit GradientNormMia(const Json& json) {
    const Options o = parse<Options>(json);
    refuse_unknown("norm", o.norm, {"l1", "l2", "linf"});
    refuse_unknown("form", o.form, {"global", "mean_over_tensors"});
    o_.order = o.norm == "l1"   ? 1
               : o.norm == "l2" ? 2
                                : std::numeric_limits<double>::infinity();
    o_.mean_over_tensors = o.form == "mean_over_tensors";
  }
  Needs needs() const override { return {.gradients = true}; }
  std::vector<std::string> metrics() const override {
    return {"auroc", "tpr_at_fpr"};
  }

  Observations ask(const Target& target,
                   const Examples& examples) const override {
    std::vector<ScoreItem> items;
    for (const Example& e : examples) items.push_back({e.ids, e.score_from});
    const std::vector<double> norms = target.gradient_norms(items, o_);
    Observations all;
    for (size_t i = 0; i < examples.size(); ++i) {
      Observation seen = observe(examples[i]);
      seen.score = -norms[i];
      // The last token is predicted, never read.
      const auto size = static_cast<int64_t>(examples[i].ids.size());
      note_cut(size > target.window() + 1, seen);
      all.push_back(std::move(seen));
    }
    return all;
  }

 private:
  static void refuse_unknown(const char* option, const std::string& given,
                             const std::vector<std::string>& known) {
    for (const std::string& name : known) {
      if (name == given) return;
    }
    fail_usage(fmt::format("gradient_norm_mia.{}", option),
               fmt::format("\"{}\" is not known", given),
               suggest(given, known));
  }

  GradientNormOptions o_;
};

[[maybe_unused]] const bool registered = Registry<Probe>::add<GradientNormMia>(
    {.name = "gradient_norm_mia",
     .summary = "Membership by how flat the loss is around a text.",
     .paper = "arXiv:2402.17012",
     .options = defaults<Options>()});

}  // namespace
}  // namespace lethe
