// Sampling extraction: does one of several sampled continuations of a prefix
// give its suffix, word for word? The guess is the likeliest of them.
//
//   output = argmax over trials of sum_t log p(x_t | prefix, x_<t)
//
// Paper: Carlini et al. 2023, arXiv:2202.07646; the baseline of
// lm-extraction-benchmark @ e191cd8 (100 trials, top_k 10, top_p 1, lowest mean
// loss of the suffix; there the loss is taken one token early). Each text has a
// random stream of its own: batches of any size draw the same.
#include <algorithm>

#include "attacks/extraction.h"
#include "harness/base/registry.h"

namespace lethe {
namespace {

struct Options {
  int64_t prefix_tokens = 0;  // the text's own tokens; 0: half of the text
  int64_t suffix_tokens = 0;  // 0: the rest
  int64_t trials = 20;        // continuations of each prefix, >= 1
  double temperature = 1;     // > 0
  int64_t top_k = 10;         // 0: all tokens
  double top_p = 1;           // in (0, 1]
  int64_t seed = 0;
  bool any_trial = false;  // an exact one counts, likeliest or not
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Options, prefix_tokens,
                                                suffix_tokens, trials,
                                                temperature, top_k, top_p, seed,
                                                any_trial)

class SamplingExtraction final : public Probe {
 public:
  explicit SamplingExtraction(const Json& json) : o_(parse<Options>(json)) {
    if (o_.trials < 1) {
      fail_usage("sampling_extraction", fmt::format("trials is {}", o_.trials),
                 "give at least 1");
    }
  }
  Needs needs() const override { return {.generate = true}; }
  std::vector<std::string> metrics() const override {
    return {"exact_match", "rouge_l"};
  }

  Observations ask(const Target& target,
                   const Examples& examples) const override {
    const auto splits = split_examples(examples, o_.prefix_tokens,
                                       o_.suffix_tokens, target.window());
    GenerateOptions options;
    options.do_sample = true;
    options.num_return_sequences = o_.trials;
    options.temperature = o_.temperature;
    options.top_k = o_.top_k;
    options.top_p = o_.top_p;
    options.seed = o_.seed;
    const auto found = continuations(target, splits, options);
    Observations all;
    for (size_t i = 0; i < splits.size(); ++i) {
      all.push_back(
          observe_extraction(target, splits[i], guess(found[i], splits[i])));
    }
    return all;
  }

 private:
  std::vector<int64_t> guess(const std::vector<Sequence>& trials,
                             const Split& split) const {
    const auto exact = [&](const Sequence& s) { return s.ids == split.suffix; };
    if (o_.any_trial && std::any_of(trials.begin(), trials.end(), exact)) {
      return split.suffix;
    }
    return std::max_element(trials.begin(), trials.end(),
                            [](const Sequence& a, const Sequence& b) {
                              return a.score < b.score;
                            })
        ->ids;
  }

  const Options o_;
};

[[maybe_unused]] const bool registered =
    Registry<Probe>::add<SamplingExtraction>(
        {.name = "sampling_extraction",
         .summary = "The likeliest sampled continuation against the suffix.",
         .paper = "arXiv:2202.07646",
         .options = defaults<Options>()});

}  // namespace
}  // namespace lethe
