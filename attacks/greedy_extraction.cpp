// Greedy extraction: does the model continue a prefix of the text with its
// suffix, word for word?
//
//   extracted = greedy(prefix, |suffix| tokens) == suffix
//   score = mean log-prob of the guess [nats/token], to order guesses by
//
// Paper: Carlini et al. 2023, arXiv:2202.07646, definition 3.1. Peer:
// transformers 5.23.0 generate, greedy, no end-of-text stop; the same passages.
#include "attacks/extraction.h"
#include "harness/base/registry.h"

namespace lethe {
namespace {

struct Options {
  int64_t prefix_tokens = 0;  // the text's own tokens; 0: half of the text
  int64_t suffix_tokens = 0;  // 0: the rest
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Options, prefix_tokens,
                                                suffix_tokens)

class GreedyExtraction final : public Probe {
 public:
  explicit GreedyExtraction(const Json& json)
      : o_(extraction_options<Options>("greedy_extraction", json)) {}
  Needs needs() const override { return {.generate = true}; }
  std::vector<std::string> metrics() const override {
    return {"exact_match", "rouge_l"};
  }

  Observations ask(const Target& target,
                   const Examples& examples) const override {
    const auto splits = split_examples(examples, o_.prefix_tokens,
                                       o_.suffix_tokens, target.window());
    const auto found = continuations(target, splits, GenerateOptions());
    Observations all;
    for (size_t i = 0; i < splits.size(); ++i) {
      const Sequence& best = found[i].front();
      all.push_back(observe_extraction(target, splits[i], best));
      all.back().score = best.score / static_cast<double>(best.ids.size());
    }
    return all;
  }

 private:
  const Options o_;
};

[[maybe_unused]] const bool registered = Registry<Probe>::add<GreedyExtraction>(
    {.name = "greedy_extraction",
     .summary = "Greedy continuation of a prefix against its suffix.",
     .paper = "arXiv:2202.07646",
     .options = defaults<Options>()});

}  // namespace
}  // namespace lethe
