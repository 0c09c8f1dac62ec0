#include "attacks/extraction.h"

#include <algorithm>

namespace lethe {

std::vector<Split> split_examples(const Examples& examples,
                                  int64_t prefix_tokens, int64_t suffix_tokens,
                                  int64_t window) {
  std::vector<Split> splits;
  for (const Example& e : examples) {
    const int64_t own = static_cast<int64_t>(e.ids.size()) - e.leading;
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
                               const std::vector<int64_t>& output) {
  Observation seen = observe(*split.example);
  seen.prompt = target.decode(split.prefix);
  seen.output = target.decode(output);
  // Without a tokenizer there is no text to compare, only ids.
  const std::string suffix = target.decode(split.suffix);
  if (!suffix.empty()) seen.references = {suffix};
  seen.output_ids = output;
  seen.reference_ids = split.suffix;
  return seen;
}

}  // namespace lethe
