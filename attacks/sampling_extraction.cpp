// Sampling extraction: does one of several sampled continuations of a prefix
// give its suffix, word for word? The guess is the likeliest of them.
//
//   output = argmax over trials of sum_t log p(x_t | prefix, x_<t)
// score = mean log-prob of the guess [nats/token], to order guesses by
//
// Paper: Carlini et al. 2023, arXiv:2202.07646. Peer: the baseline of
// lm-extraction-benchmark @ bb4a0d0 (100 trials, top_k 10, top_p 1, lowest mean
// loss of the suffix). It takes the loss one token early, from the prefix's
// last token to the suffix's last but one: so does loss=baseline. Each text has
// a random stream of its own: batches of any size draw the same.
#include <cmath>

#include "attacks/extraction.h"
#include "harness/base/names.h"
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
  bool any_trial = false;       // an exact one counts, likeliest or not
  std::string loss = "suffix";  // that guesses are chosen by; or "baseline"
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Options, prefix_tokens,
                                                suffix_tokens, trials,
                                                temperature, top_k, top_p, seed,
                                                any_trial, loss)

class SamplingExtraction final : public Probe {
 public:
  explicit SamplingExtraction(const Json& json)
      : o_(extraction_options<Options>("sampling_extraction", json)),
        sampling_(sampling_of(o_)) {
    if (o_.trials < 1) {
      fail_usage("sampling_extraction", fmt::format("trials is {}", o_.trials),
                 "give at least 1");
    }
    if (o_.loss != "suffix" && o_.loss != "baseline") {
      fail_usage("sampling_extraction", "loss \"" + o_.loss + "\" is unknown",
                 suggest(o_.loss, {"suffix", "baseline"}));
    }
  }
  Needs needs() const override {
    return {.token_statistics = o_.loss == "baseline", .generate = true};
  }
  std::vector<std::string> metrics() const override {
    return {"exact_match", "sampled_hits", "rouge_l"};
  }

  Observations ask(const Target& target,
                   const Examples& examples) const override {
    const auto splits = split_examples(examples, o_.prefix_tokens,
                                       o_.suffix_tokens, target.window());
    GenerateOptions options = sampling_;
    options.do_sample = true;
    options.num_return_sequences = o_.trials;
    options.seed = o_.seed;
    const auto found = continuations(target, splits, options);
    const std::vector<double> last = last_of_prefixes(target, splits);
    Observations all;
    for (size_t i = 0; i < splits.size(); ++i) {
      const std::vector<int64_t>& suffix = splits[i].suffix;
      const Sequence* best = nullptr;
      std::vector<double> hits;
      bool finite = true;
      for (const Sequence& s : found[i]) {
        hits.push_back(s.ids == suffix ? 1 : 0);
        finite = finite && (!s.scored || std::isfinite(s.score));
        const bool wins = best == nullptr ||
                          (o_.any_trial && hits.back() == 1) ||
                          score(s, last[i]) > score(*best, last[i]);
        const bool kept =
            o_.any_trial && best != nullptr && best->ids == suffix;
        if (wins && !kept) best = &s;
      }
      all.push_back(observe_extraction(target, splits[i], *best));
      all.back().diverged = !finite;
      all.back().score = score(*best, last[i]);
      all.back().numbers["hits"] = std::move(hits);
    }
    return all;
  }

 private:
  // Log-probs of the prefixes' last tokens; zeros where nobody asks.
  std::vector<double> last_of_prefixes(const Target& target,
                                       const std::vector<Split>& splits) const {
    std::vector<double> last(splits.size(), 0);
    if (o_.loss != "baseline") return last;
    std::vector<ScoreItem> items;
    for (const Split& split : splits) {
      const auto length = static_cast<int64_t>(split.prefix.size());
      if (length < 2) {
        fail_usage("sampling_extraction",
                   split.example->where + " has a prefix of one token",
                   "loss=baseline needs two: leave it out");
      }
      items.push_back({split.prefix, length - 1});
    }
    const std::vector<Likelihood> found = target.likelihoods(items);
    for (size_t i = 0; i < found.size(); ++i) last[i] = found[i].sum;
    return last;
  }

  // Mean log-prob; `last` is that of the token before.
  double score(const Sequence& s, double last) const {
    const auto tokens = static_cast<double>(s.ids.size());
    if (o_.loss == "suffix") return s.score / tokens;
    return (last + s.score - s.token_logprobs.back()) / tokens;
  }

  const Options o_;
  const GenerateOptions sampling_;
};

[[maybe_unused]] const bool registered =
    Registry<Probe>::add<SamplingExtraction>(
        {.name = "sampling_extraction",
         .summary = "The likeliest sampled continuation against the suffix.",
         .paper = "arXiv:2202.07646",
         .options = defaults<Options>()});

}  // namespace
}  // namespace lethe
