// Lower-case membership inference: a text that was trained on loses more by
// being written in lower case.
//
//   score = loss of the lower-cased text / loss of the text [ratio];
//           higher: a member
//
// Paper: Carlini et al. 2021, arXiv:2012.07805, section 5.1. Peer:
// mink-plus-plus @ 5596c65; to 1e-3 relative. Lower case is Unicode's, as
// Python's. A text of loss 0 has no score.
#include "attacks/other_texts.h"
#include "harness/base/registry.h"
#include "harness/chat/python_text.h"

namespace lethe {
namespace {

class LowercaseMia final : public Probe {
 public:
  explicit LowercaseMia(const Json& json) { reject_options(json); }
  Needs needs() const override {
    return {.token_statistics = true, .tokenizer = true};
  }
  std::vector<std::string> metrics() const override {
    return {"auroc", "tpr_at_fpr"};
  }

  Observations ask(const Target& target,
                   const Examples& examples) const override {
    const auto statistics = target.statistics(examples);
    std::vector<ScoreItem> items;
    for (const Example& e : examples) {
      items.push_back(item_of(target, e, chat::lower));
    }
    const std::vector<Likelihood> lowered = target.likelihoods(items);
    Observations all;
    for (size_t i = 0; i < examples.size(); ++i) {
      Observation seen = observe(examples[i]);
      seen.statistics = statistics[i];
      seen.score = mean_logprob(lowered[i]) / statistics[i]->mean_logprob();
      note_cut(lowered[i].truncated, seen);
      all.push_back(std::move(seen));
    }
    return all;
  }
};

[[maybe_unused]] const bool registered = Registry<Probe>::add<LowercaseMia>(
    {.name = "lowercase_mia",
     .summary = "Loss of the lower-cased text over the text's own.",
     .paper = "arXiv:2012.07805"});

}  // namespace
}  // namespace lethe
