#include "attacks/extraction.h"

#include <algorithm>
#include <cmath>

#include "harness/base/error.h"

namespace lethe {

void check_split(const std::string& probe, int64_t prefix_tokens,
                 int64_t suffix_tokens) {
  if (std::min(prefix_tokens, suffix_tokens) >= 0) return;
  fail_usage(probe,
             fmt::format("prefix_tokens is {}, suffix_tokens {}", prefix_tokens,
                         suffix_tokens),
             "give numbers of tokens; 0 leaves the choice to the probe");
}

std::vector<Split> split_examples(const Examples& examples,
                                  int64_t prefix_tokens, int64_t suffix_tokens,
                                  int64_t window) {
  std::vector<Split> splits;
  for (const Example& e : examples) {
    const int64_t own =
        static_cast<int64_t>(e.ids.size()) - e.leading - e.trailing;
    int64_t prefix = e.prefix_tokens.value_or(prefix_tokens);
    int64_t suffix = e.suffix_tokens.value_or(suffix_tokens);
    if (prefix == 0) prefix = suffix > 0 ? own - suffix : own / 2;
    if (suffix == 0) suffix = own - prefix;
    const bool fits = prefix >= 1 && suffix >= 1 && prefix + suffix <= own &&
                      e.leading + prefix + suffix - 1 <= window;
    if (!fits) continue;
    const auto middle = e.ids.begin() + e.leading + prefix;
    splits.push_back({&e, {e.ids.begin(), middle}, {middle, middle + suffix}});
  }
  return splits;
}

Observation observe_extraction(const Target& target, const Split& split,
                               const Sequence& guess) {
  Observation seen = observe(*split.example);
  seen.prompt = target.decode(split.prefix);
  seen.output = target.decode(guess.ids);
  // Without a tokenizer there is no text to compare, only ids.
  const std::string suffix = target.decode(split.suffix);
  if (!suffix.empty()) seen.references = {suffix};
  seen.prompt_ids = split.prefix;
  seen.output_ids = guess.ids;
  seen.diverged = guess.scored && !std::isfinite(guess.score);
  seen.reference_ids = split.suffix;
  return seen;
}

std::vector<double> log_pz(const Target& target,
                           const std::vector<Split>& splits,
                           const GenerateOptions& sampling) {
  std::vector<ScoreItem> items;
  for (const Split& split : splits) {
    ScoreItem item{split.prefix, static_cast<int64_t>(split.prefix.size())};
    item.ids.insert(item.ids.end(), split.suffix.begin(), split.suffix.end());
    items.push_back(std::move(item));
  }
  std::vector<double> sums;
  for (const auto& logprobs : target.sampling_logprobs(items, sampling)) {
    double sum = 0;
    for (const float logprob : logprobs) sum += logprob;
    sums.push_back(sum);
  }
  return sums;
}

std::vector<std::vector<Sequence>> continuations(
    const Target& target, const std::vector<Split>& splits,
    GenerateOptions options) {
  if (splits.empty()) return {};
  Prompts prompts;
  for (const Split& split : splits) {
    prompts.push_back(split.prefix);
    options.lengths.push_back(static_cast<int64_t>(split.suffix.size()));
  }
  return target.generate(prompts, options).sequences;
}

}  // namespace lethe
