// Prefixes and suffixes of texts, shared by the extraction attacks.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/plugin/attack.h"
#include "harness/score/warp.h"

namespace lethe {

// A text split at a token: what the attacker has and what it wants.
struct Split {
  const Example* example;
  std::vector<int64_t> prefix;  // leading specials included
  std::vector<int64_t> suffix;
};

// Throws: usage error for a number of tokens below 0.
void check_split(const std::string& probe, int64_t prefix_tokens,
                 int64_t suffix_tokens);

// The options of an extraction probe. Throws: as parse() and check_split().
template <typename Options>
Options extraction_options(const std::string& probe, const Json& json) {
  Options options = parse<Options>(json);
  check_split(probe, options.prefix_tokens, options.suffix_tokens);
  return options;
}

// What the options of a probe say of drawing. Throws: as check_warping().
template <typename Options>
GenerateOptions sampling_of(const Options& options) {
  GenerateOptions sampling;
  sampling.temperature = options.temperature;
  sampling.top_k = options.top_k;
  sampling.top_p = options.top_p;
  check_warping(sampling);
  return sampling;
}

// prefix_tokens and suffix_tokens count the text's own tokens, never the
// specials that the tokenizer puts around it; those behind it are left out. The
// row's own numbers win over these; 0 means half and half (prefix: the first
// half; suffix: the rest). Examples that are too short, or longer than the
// model's window together, are left out.
std::vector<Split> split_examples(const Examples& examples,
                                  int64_t prefix_tokens, int64_t suffix_tokens,
                                  int64_t window);

// Continuations of every prefix by as many tokens as its suffix has, in order.
// All are generated together and numbered as they stand here, so what is drawn
// of a text depends on those before it alone; `options` but for the lengths.
std::vector<std::vector<Sequence>> continuations(
    const Target& target, const std::vector<Split>& splits,
    GenerateOptions options);

// Log-probs of the suffixes [nats], each the sum over its tokens, under the
// distribution that a draw is from; -inf: never drawn.
std::vector<double> log_pz(const Target& target,
                           const std::vector<Split>& splits,
                           const GenerateOptions& sampling);

// The observation of one attempt: text, ids and decoded output; diverged where
// its score is not finite.
Observation observe_extraction(const Target& target, const Split& split,
                               const Sequence& guess);

}  // namespace lethe
