// Greedy answers to prompts or questions, for ROUGE and the other text metrics.
//
// Paper: Maini et al. 2024 (TOFU), arXiv:2401.06121, section 2.2. Peer:
// transformers 5.23.0 generate, greedy; stops at the folder's end-of-text ids.
#include <algorithm>
#include <cmath>

#include "harness/base/registry.h"
#include "harness/plugin/attack.h"

namespace lethe {
namespace {

struct Options {
  int64_t max_new_tokens = 64;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Options, max_new_tokens)

class GreedyGeneration final : public Probe {
 public:
  explicit GreedyGeneration(const Json& json) : o_(parse<Options>(json)) {}
  Needs needs() const override { return {.generate = true}; }
  std::vector<std::string> metrics() const override {
    return {"rouge_l", "exact_match"};
  }

  Observations ask(const Target& target,
                   const Examples& examples) const override {
    Prompts prompts;
    std::vector<const Example*> asked;
    for (const Example& e : examples) {
      const int64_t room = target.window() - e.score_from + 1;
      const bool question = e.score_from > e.leading && !e.references.empty();
      if (!question || room < o_.max_new_tokens) continue;
      prompts.emplace_back(e.ids.begin(), e.ids.begin() + e.score_from);
      asked.push_back(&e);
    }
    GenerateOptions options;
    options.max_new_tokens = o_.max_new_tokens;
    options.eos_ids = target.eos_ids();
    const Generation found = target.generate(prompts, options);
    Observations all;
    for (size_t i = 0; i < asked.size(); ++i) {
      Observation seen = observe(*asked[i]);
      const Sequence& answer = found.sequences[i].front();
      seen.output = target.decode(answer.ids);
      seen.diverged = answer.scored && !std::isfinite(answer.score);
      all.push_back(std::move(seen));
    }
    return all;
  }

 private:
  const Options o_;
};

[[maybe_unused]] const bool registered = Registry<Probe>::add<GreedyGeneration>(
    {.name = "greedy_generation",
     .summary = "Greedy answers to prompts and questions.",
     .paper = "arXiv:2401.06121",
     .options = defaults<Options>()});

}  // namespace
}  // namespace lethe
