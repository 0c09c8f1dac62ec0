// Goldfish-aware beam extraction: an attack on the goldfish loss that branches
// only where the loss left a token out of training.
//
//   D = ids that the mask would drop as the beam's next target
//   a beam goes on with: its likeliest id, and the likeliest `branch` ids of D
//   kept: the num_beams continuations with the highest sum of log-probs
//   extracted = the best after |suffix| tokens == suffix
//   score = its mean log-prob [nats/token], to order guesses by
//
// Why: a target that was supervised is learnt, so it is the likeliest id; any
// other id of the beam can only stand there if it was dropped. The mask is
// computed from the beam's own ids. form=preceding: the ids before decide, so D
// is all ids (the beam branches) or none (only the likeliest stays).
// form=published: the hash includes the id itself, so D is the set of ids v
// with dropped(before, v), and the likeliest id stays whether in D or not.
// Targets are the text's ids but its first; the first h - 1 (preceding: h) have
// no whole window and are never dropped. End-of-text ids are never chosen.
// hash=minhash is searched as the product is. By a mask of a text's plain form
// (normalise) no id can be judged before its word is whole: it is refused.
//
// Paper: ours; the mask is Hans et al. 2024, arXiv:2406.10209, section 3 (see
// harness/base/goldfish.h). Peer: none; goldfish_beam_test.cpp searches by
// brute force.
#include <cmath>
#include <limits>
#include <memory>

#include "attacks/extraction.h"
#include "harness/base/goldfish.h"
#include "harness/base/registry.h"

namespace lethe {
namespace {

struct Options {
  int64_t prefix_tokens = 0;  // the text's own tokens; 0: half of the text
  int64_t suffix_tokens = 0;  // 0: the rest
  int64_t num_beams = 30;     // kept, >= 1
  int64_t branch = 10;        // dropped ids that a beam is continued with, >= 1
  int64_t k = 4;              // of the loss: one token in k is dropped
  int64_t h = 13;             // of the loss: tokens that are hashed
  uint64_t table_seed = 2971215073;
  std::string form = "published";  // or "preceding"
  std::string hash = "product";    // or "minhash"
  int64_t shingle = 3;             // of minhash: tokens in a row
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Options, prefix_tokens,
                                                suffix_tokens, num_beams,
                                                branch, k, h, table_seed, form,
                                                hash, shingle)

// Throws: usage error for a mask that beams of ids cannot follow.
const Json& judged_by_ids(const Json& json) {
  if (json.contains("normalise")) {
    fail_usage("goldfish_beam_extraction",
               "normalise masks by the text, which a beam's ids are not yet",
               "leave it out: the search then follows the mask of the ids");
  }
  return json;
}

const Sequence kNone = {{}, std::numeric_limits<double>::quiet_NaN(), {}};

class Guide final : public BeamGuide {
 public:
  Guide(const GoldfishMask& mask, const Options& options,
        const std::vector<Split>& splits)
      : mask_(mask), o_(options), splits_(splits) {}

  // One id in k is in D: `branch` of them are among these but in one case of
  // fifty.
  int64_t width() const override {
    if (o_.form == "preceding") return o_.branch;
    const auto spare =
        static_cast<int64_t>(2 * std::sqrt(static_cast<double>(o_.branch)));
    return o_.k * (o_.branch + spare + 1);
  }

  std::optional<std::vector<Choice>> choose(const Beam& beam,
                                            const Sight& sight) const override {
    const std::vector<int64_t>& prefix = splits_[beam.prompt].prefix;
    std::vector<int64_t> targets(prefix.begin() + 1, prefix.end());
    targets.insert(targets.end(), beam.ids.begin(), beam.ids.end());
    const GoldfishMask::Next next = mask_.behind(targets);
    std::vector<Choice> choices = {{sight.tokens.front()}};
    if (next.decided() == false) return choices;
    int64_t dropped = 0;
    for (size_t i = 0; i < sight.tokens.size() && dropped < o_.branch; ++i) {
      if (!next.drops(sight.tokens[i].id)) continue;
      ++dropped;
      if (i > 0) choices.push_back({sight.tokens[i]});
    }
    if (dropped < o_.branch && !sight.all) return std::nullopt;
    return choices;
  }

 private:
  const GoldfishMask& mask_;
  const Options& o_;
  const std::vector<Split>& splits_;  // by the prompt's number
};

class GoldfishBeamExtraction final : public Probe {
 public:
  explicit GoldfishBeamExtraction(const Json& json)
      : o_(extraction_options<Options>("goldfish_beam_extraction",
                                       judged_by_ids(json))),
        mask_({o_.k, o_.h, o_.table_seed, goldfish_form(o_.form),
               goldfish_hash(o_.hash), o_.shingle}) {
    if (o_.hash == "product" && o_.shingle != Options().shingle) {
      fail_usage("goldfish_beam_extraction", "shingle is of hash=minhash",
                 "leave it out, or give hash=minhash");
    }
    for (const auto& [name, value] :
         {std::pair("num_beams", o_.num_beams), {"branch", o_.branch}}) {
      if (value >= 1) continue;
      fail_usage("goldfish_beam_extraction",
                 fmt::format("{} is {}", name, value), "give at least 1");
    }
  }
  // The guide reads log-probs.
  Needs needs() const override {
    return {.token_statistics = true, .generate = true};
  }
  std::vector<std::string> metrics() const override {
    return {"exact_match", "rouge_l"};
  }

  Observations ask(const Target& target,
                   const Examples& examples) const override {
    const auto splits = split_examples(examples, o_.prefix_tokens,
                                       o_.suffix_tokens, target.window());
    GenerateOptions options;
    options.num_beams = o_.num_beams;
    options.banned_ids = target.eos_ids();
    options.guide = std::make_shared<Guide>(mask_, o_, splits);
    const auto found = continuations(target, splits, options);
    Observations all;
    for (size_t i = 0; i < splits.size(); ++i) {
      // None is left where no log-prob is finite.
      const Sequence& best = found[i].empty() ? kNone : found[i].front();
      all.push_back(observe_extraction(target, splits[i], best));
      all.back().score = best.score / static_cast<double>(best.ids.size());
      all.back().numbers["perplexity"] = {std::exp(-all.back().score)};
    }
    return all;
  }

 private:
  const Options o_;
  const GoldfishMask mask_;
};

[[maybe_unused]] const bool registered =
    Registry<Probe>::add<GoldfishBeamExtraction>(
        {.name = "goldfish_beam_extraction",
         .summary = "Beams that branch only where the goldfish loss dropped.",
         .paper = "arXiv:2406.10209",
         .options = defaults<Options>()});

}  // namespace
}  // namespace lethe
