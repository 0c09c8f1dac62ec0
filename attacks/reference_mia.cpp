// Reference membership inference: a text that the model finds easier than a
// model that was not trained on it does was probably in its training set.
//
//   score = mean log-prob - mean log-prob of the reference model
//           [nats/token, or nats/byte]; higher: a member
//
// Paper: Carlini et al. 2021, arXiv:2012.07805, section 5.1; as a difference
// Mireshghallah et al. 2022, arXiv:2203.03929. Peer: mimir @ 1b6fd64, whose
// sign is the opposite. The base model reads the same ids; another one reads
// the text with its own tokenizer, and where that differs means a token do not
// compare: per="byte".
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
    const auto statistics = target.statistics(examples);
    const std::vector<Likelihood> theirs = of_reference(target, examples);
    Observations all;
    for (size_t i = 0; i < examples.size(); ++i) {
      const TokenStatistics& own = *statistics[i];
      Observation seen = observe(examples[i]);
      seen.statistics = statistics[i];
      seen.score = mean(own.sum_logprob(), own.count(), examples[i]) -
                   mean(theirs[i].sum, theirs[i].tokens, examples[i]);
      all.push_back(std::move(seen));
    }
    return all;
  }

 private:
  std::vector<Likelihood> of_reference(const Target& target,
                                       const Examples& examples) const {
    const bool named = !o_.model.empty();
    const auto reference = named ? target.open(o_.model) : target.base();
    const bool reads = named && reference->can().tokenizer;
    std::vector<ScoreItem> items;
    for (const Example& e : examples) {
      items.push_back(reads && !e.text.empty()
                          ? item_of(*reference, e, nullptr)
                          : ScoreItem{e.ids, e.score_from});
    }
    return reference->likelihoods(items);
  }

  double mean(double sum, size_t tokens, const Example& example) const {
    const size_t bytes = example.text.size() - example.prompt.size();
    return sum / static_cast<double>(o_.per == "byte" ? bytes : tokens);
  }

  const Options o_;
};

[[maybe_unused]] const bool registered = Registry<Probe>::add<ReferenceMia>(
    {.name = "reference_mia",
     .summary = "Mean log-prob beside that of a reference model.",
     .paper = "arXiv:2203.03929",
     .options = defaults<Options>(),
     .models = {"model"}});

}  // namespace
}  // namespace lethe
