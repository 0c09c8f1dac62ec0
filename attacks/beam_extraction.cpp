// Beam extraction: the likeliest of several continuations of a prefix against
// its suffix.
//
//   extracted = best of num_beams hypotheses of |suffix| tokens == suffix
//   score = its mean log-prob [nats/token], to order guesses by
//
// All hypotheses have the suffix's length (end-of-text ids are never chosen),
// so length penalty and early stopping change nothing: the best has the lowest
// perplexity. Any number of beams; prompts are searched together.
//
// Paper: Hans et al. 2024, arXiv:2406.10209, section 5 (30 beams). Peer:
// transformers 5.23.0 generate(num_beams, min_new_tokens = max_new_tokens); the
// same passages and ids (canary_parity_test.cpp, ./dev peers attacks).
#include <algorithm>
#include <cmath>

#include "attacks/extraction.h"
#include "harness/base/registry.h"

namespace lethe {
namespace {

struct Options {
  int64_t prefix_tokens = 0;  // the text's own tokens; 0: half of the text
  int64_t suffix_tokens = 0;  // 0: the rest
  int64_t num_beams = 4;
  bool any_beam = false;  // true: the beam nearest to the suffix counts
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Options, prefix_tokens,
                                                suffix_tokens, num_beams,
                                                any_beam)

size_t equal_places(const std::vector<int64_t>& a,
                    const std::vector<int64_t>& b) {
  size_t equal = 0;
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    equal += a[i] == b[i] ? 1 : 0;
  }
  return equal;
}

// Mean log-prob a token. Of one beam the score is the sum, of several the mean.
double confidence(const Sequence& best) {
  const auto tokens = static_cast<double>(best.ids.size());
  return best.score / (best.token_logprobs.empty() ? 1.0 : tokens);
}

class BeamExtraction final : public Probe {
 public:
  explicit BeamExtraction(const Json& json)
      : o_(extraction_options<Options>("beam_extraction", json)) {
    if (o_.num_beams < 1) {
      fail_usage("beam_extraction", "num_beams is below 1", "give at least 1");
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
    options.num_beams = o_.num_beams;
    options.num_return_sequences = o_.any_beam ? o_.num_beams : 1;
    options.banned_ids = target.eos_ids();
    const auto found = continuations(target, splits, options);
    Observations all;
    for (size_t i = 0; i < splits.size(); ++i) {
      const Sequence& best = chosen(found[i], splits[i].suffix);
      all.push_back(observe_extraction(target, splits[i], best));
      all.back().score = confidence(best);
      all.back().numbers["perplexity"] = {std::exp(-all.back().score)};
    }
    return all;
  }

 private:
  // The best sequence, or the one nearest to the suffix.
  const Sequence& chosen(const std::vector<Sequence>& sequences,
                         const std::vector<int64_t>& suffix) const {
    const Sequence* best = &sequences.front();
    for (const Sequence& s : sequences) {
      if (o_.any_beam &&
          equal_places(s.ids, suffix) > equal_places(best->ids, suffix)) {
        best = &s;
      }
    }
    return *best;
  }

  const Options o_;
};

[[maybe_unused]] const bool registered = Registry<Probe>::add<BeamExtraction>(
    {.name = "beam_extraction",
     .summary = "Best beam from a prefix against its suffix.",
     .paper = "arXiv:2406.10209",
     .options = defaults<Options>()});

}  // namespace
}  // namespace lethe
