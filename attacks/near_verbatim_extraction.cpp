// Near-verbatim extraction: how likely one sampled continuation of a prefix is
// the suffix but for a few tokens; a lower bound without sampling.
//
//   log_p_near = log sum_b exp(log q(b | prefix)) [nats]: b are beginnings of
//     continuations of |suffix| tokens, none the beginning of another, that are
//     within max_errors of the suffix whatever follows them
//   q: the model's distribution after temperature, top_k and top_p
//
// A beam search drops beams that can no longer end within max_errors, takes
// those that cannot fail any more out of the search with all their mass, and
// keeps the num_beams likeliest of the others, always with the suffix's own
// tokens: log_p_near >= log_pz. It is exact where no beam had to be left out.
// distance: "hamming" counts places with other tokens; "edit" is Levenshtein's.
//
// Paper: decoding-constrained beam search, arXiv:2603.24917; mass instead of
// single beams at the end is ours. Peer: none; near_verbatim_test.cpp adds up
// all continuations of a tiny model.
#include <cmath>
#include <limits>

#include "attacks/extraction.h"
#include "attacks/near_suffix.h"
#include "harness/base/names.h"
#include "harness/base/registry.h"

namespace lethe {
namespace {

struct Options {
  int64_t prefix_tokens = 0;  // the text's own tokens; 0: half of the text
  int64_t suffix_tokens = 0;  // 0: the rest
  std::string distance = "hamming";  // or "edit"
  int64_t max_errors = 5;            // >= 0
  int64_t num_beams = 20;            // >= 1
  double temperature = 1;            // > 0
  int64_t top_k = 40;                // 0: all tokens
  double top_p = 1;                  // in (0, 1]
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Options, prefix_tokens,
                                                suffix_tokens, distance,
                                                max_errors, num_beams,
                                                temperature, top_k, top_p)

// Lets through what can still end near the suffix.
class Guide final : public BeamGuide {
 public:
  Guide(const Options& options, std::vector<NearSuffix> suffixes)
      : o_(options), suffixes_(std::move(suffixes)) {}

  // All ids that are not in also() lead to the same distances: the num_beams
  // likeliest continuations of a beam are among these.
  int64_t width() const override {
    return o_.num_beams + 2 * o_.max_errors + 1;
  }

  std::vector<int64_t> also(const Beam& beam) const override {
    return suffixes_[beam.prompt].reachable(beam.ids.size());
  }

  std::optional<std::vector<Choice>> choose(const Beam& beam,
                                            const Sight& sight) const override {
    const NearSuffix& suffix = suffixes_[beam.prompt];
    const NearSuffix::State state = suffix.state(beam.ids);
    std::vector<Choice> choices;
    for (const NextToken& token : sight.tokens) {
      const NearSuffix::State next = suffix.after(state, token.id);
      if (!suffix.possible(next)) continue;
      choices.push_back({token, suffix.certain(next), suffix.verbatim(next)});
    }
    return choices;
  }

 private:
  const Options& o_;
  const std::vector<NearSuffix> suffixes_;  // by the prompt's number
};

double log_sum_exp(const std::vector<Sequence>& sequences) {
  if (sequences.empty()) return -std::numeric_limits<double>::infinity();
  double sum = 0;
  for (const Sequence& s : sequences) {
    sum += std::exp(s.score - sequences.front().score);  // best first
  }
  return std::min(0.0, sequences.front().score + std::log(sum));
}

class NearVerbatimExtraction final : public Probe {
 public:
  explicit NearVerbatimExtraction(const Json& json)
      : o_(extraction_options<Options>("near_verbatim_extraction", json)),
        sampling_(sampling_of(o_)) {
    if (o_.distance != "hamming" && o_.distance != "edit") {
      fail_usage("near_verbatim_extraction",
                 "distance \"" + o_.distance + "\" is unknown",
                 suggest(o_.distance, {"hamming", "edit"}));
    }
    if (o_.max_errors < 0 || o_.num_beams < 1) {
      fail_usage("near_verbatim_extraction",
                 fmt::format("max_errors is {}, num_beams {}", o_.max_errors,
                             o_.num_beams),
                 "give at least 0 errors and 1 beam");
    }
  }
  Needs needs() const override {
    return {.token_statistics = true, .generate = true};
  }
  std::vector<std::string> metrics() const override { return {"discoverable"}; }

  Observations ask(const Target& target,
                   const Examples& examples) const override {
    const auto splits = split_examples(examples, o_.prefix_tokens,
                                       o_.suffix_tokens, target.window());
    const std::vector<double> exact = log_pz(target, splits, sampling_);
    const auto found = near(target, splits);
    Observations all;
    for (size_t i = 0; i < splits.size(); ++i) {
      Observation seen = observe(*splits[i].example);
      seen.numbers["log_pz"] = {exact[i]};
      // The two come from different passes: rounding must not part them.
      seen.numbers["log_p_near"] = {std::max(exact[i], found[i].first)};
      seen.numbers["near_beams"] = {found[i].second};
      all.push_back(std::move(seen));
    }
    return all;
  }

 private:
  // log_p_near of every split, and how many beginnings it adds up.
  std::vector<std::pair<double, double>> near(
      const Target& target, const std::vector<Split>& splits) const {
    std::vector<Split> searched;  // with so many errors all others are near
    std::vector<NearSuffix> suffixes;
    std::vector<std::pair<double, double>> all(splits.size(), {0, 1});
    std::vector<size_t> places;
    for (size_t i = 0; i < splits.size(); ++i) {
      const std::vector<int64_t>& suffix = splits[i].suffix;
      if (static_cast<int64_t>(suffix.size()) <= o_.max_errors) continue;
      searched.push_back(splits[i]);
      suffixes.emplace_back(suffix, o_.max_errors, o_.distance == "edit");
      places.push_back(i);
    }
    GenerateOptions options = sampling_;
    options.num_beams = o_.num_beams;
    options.guide = std::make_shared<Guide>(o_, std::move(suffixes));
    const auto found = continuations(target, searched, options);
    for (size_t i = 0; i < places.size(); ++i) {
      all[places[i]] = {log_sum_exp(found[i]),
                        static_cast<double>(found[i].size())};
    }
    return all;
  }

  const Options o_;
  const GenerateOptions sampling_;
};

[[maybe_unused]] const bool registered =
    Registry<Probe>::add<NearVerbatimExtraction>(
        {.name = "near_verbatim_extraction",
         .summary = "At least how likely a sample is nearly the suffix.",
         .paper = "arXiv:2603.24917",
         .options = defaults<Options>()});

}  // namespace
}  // namespace lethe
