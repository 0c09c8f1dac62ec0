// Beam extraction: the likeliest of several continuations of a prefix against
// its suffix.
//
//   extracted = best of num_beams hypotheses of |suffix| tokens == suffix
//
// All hypotheses have the suffix's length (end-of-text does not end them), so
// length penalty and early stopping change nothing: the best has the lowest
// perplexity.
//
// Paper: Hans et al. 2024, arXiv:2406.10209, section 5 (30 beams). Peer:
// transformers 5.23.0 generate(num_beams); the same passages.
#include <algorithm>

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

class BeamExtraction final : public Probe {
 public:
  explicit BeamExtraction(const Json& json) : o_(parse<Options>(json)) {
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
    const auto found = continuations(target, splits, options);
    Observations all;
    for (size_t i = 0; i < splits.size(); ++i) {
      all.push_back(observe_extraction(target, splits[i],
                                       chosen(found[i], splits[i].suffix)));
    }
    return all;
  }

 private:
  // The best sequence, or the one nearest to the suffix.
  std::vector<int64_t> chosen(const std::vector<Sequence>& sequences,
                              const std::vector<int64_t>& suffix) const {
    const Sequence* best = &sequences.front();
    for (const Sequence& s : sequences) {
      if (o_.any_beam &&
          equal_places(s.ids, suffix) > equal_places(best->ids, suffix)) {
        best = &s;
      }
    }
    return best->ids;
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
