// Reference membership inference: a text that the model finds easier than a
// model that was not trained on it does was probably in its training set.
//
//   score = mean log-prob - mean log-prob of the reference model
//           [nats/token, or nats/byte]; higher: a member
//
// Paper: Carlini et al. 2021, arXiv:2012.07805, section 5.1; as a difference
// Mireshghallah et al. 2022, arXiv:2203.03929. Peer: mimir @ 1b6fd64, whose
// sign is the opposite. Each model reads the text with its own tokenizer; where
// these differ, means a token do not compare: per="byte".
#include "attacks/other_texts.h"
#include "harness/base/registry.h"

namespace lethe {
namespace {

struct Options {
  std::string model;          // a folder or org/name; empty: the base model
  std::string per = "token";  // "token" or "byte": what means are over
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Options, model, per)

class ReferenceMia final : public Probe {
 public:
  explicit ReferenceMia(const Json& json) : o_(parse<Options>(json)) {
    if (o_.per != "token" && o_.per != "byte") {
      fail_usage("reference_mia", "per is \"" + o_.per + "\"",
                 suggest(o_.per, {"token", "byte"}));
    }
  }
  Needs needs() const override {
    return {.token_statistics = true, .base = o_.model.empty()};
  }
  std::vector<std::string> metrics() const override {
    return {"auroc", "tpr_at_fpr"};
  }

  Observations ask(const Target& target,
                   const Examples& examples) const override {
    const std::shared_ptr<const Target> reference =
        o_.model.empty() ? target.base() : target.open(o_.model);
    const std::vector<double> theirs = scores(*reference, examples);
    const std::vector<double> ours = scores(target, examples);
    Observations all;
    for (size_t i = 0; i < examples.size(); ++i) {
      Observation seen = observe(examples[i]);
      seen.score = ours[i] - theirs[i];
      all.push_back(std::move(seen));
    }
    return all;
  }

 private:
  std::vector<double> scores(const Target& target,
                             const Examples& examples) const {
    std::vector<ScoreItem> items;
    for (const Example& e : examples) {
      items.push_back(e.text.empty() ? ScoreItem{e.ids, e.score_from}
                                     : item_of(target, e, nullptr));
    }
    if (o_.per == "token") return mean_logprobs(target, items);
    std::vector<double> a_byte;
    const std::vector<Likelihood> found = target.likelihoods(items);
    for (size_t i = 0; i < examples.size(); ++i) {
      const size_t bytes = examples[i].text.size() - examples[i].prompt.size();
      a_byte.push_back(found[i].sum / static_cast<double>(bytes));
    }
    return a_byte;
  }

  const Options o_;
};

[[maybe_unused]] const bool registered = Registry<Probe>::add<ReferenceMia>(
    {.name = "reference_mia",
     .summary = "Mean log-prob beside that of a reference model.",
     .paper = "arXiv:2203.03929",
     .options = defaults<Options>()});

}  // namespace
}  // namespace lethe
