#include "metrics/forced.h"

#include <cmath>

#include "harness/base/error.h"

namespace lethe {

std::vector<bool> forced_hits(const Observation& seen,
                              const ForcedOptions& options) {
  const TokenStatistics& s = *seen.statistics;
  const auto from = static_cast<size_t>(s.score_from);
  const bool empty = s.ids.empty() && s.logprobs.empty();
  if (s.argmax.size() + from != s.ids.size() && !empty) {
    fail_input(fmt::format("item \"{}\"", seen.id),
               "has no argmax_ids beside its ids",
               "take them from lethe score --statistics, or the metric from "
               "teacher_forced");
  }
  std::vector<bool> hits;
  if (std::any_of(s.logprobs.begin(), s.logprobs.end(),
                  [](float logprob) { return std::isnan(logprob); })) {
    return hits;
  }
  for (size_t i = 0; i < s.argmax.size(); ++i) {
    hits.push_back(s.argmax[i] == s.ids[from + i]);
  }
  if (options.drop_last && !hits.empty()) hits.pop_back();
  return hits;
}

}  // namespace lethe
