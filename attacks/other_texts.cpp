#include "attacks/other_texts.h"

#include <algorithm>

namespace lethe {

std::string scored_text(const Example& example) {
  return example.text.substr(
      std::min(example.prompt.size(), example.text.size()));
}

ScoreItem item_of(
    const Target& target, const Example& example,
    const std::function<std::string(const std::string&)>& change) {
  if (example.text.empty()) return {example.ids, example.score_from};
  const auto ids = [&](const std::string& text) {
    return target.encode(change ? change(text) : text, example.plain_text);
  };
  ScoreItem item{ids(example.text), 1};
  if (!example.prompt.empty()) {
    const size_t most = std::min(ids(example.prompt).size(), item.ids.size());
    item.score_from = std::max<int64_t>(1, static_cast<int64_t>(most));
  }
  return item;
}

double mean_logprob(const Likelihood& of) {
  return of.sum / static_cast<double>(of.tokens);
}

std::vector<double> mean_logprobs(const Target& target,
                                  const std::vector<ScoreItem>& items) {
  std::vector<double> means;
  for (const Likelihood& one : target.likelihoods(items)) {
    means.push_back(mean_logprob(one));
  }
  return means;
}

void note_cut(bool cut, Observation& seen) {
  if (cut) seen.numbers["truncated"] = {1};
}

}  // namespace lethe
