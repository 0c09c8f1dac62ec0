#include "attacks/other_texts.h"

#include <algorithm>

namespace lethe {

ScoreItem item_of(
    const Target& target, const Example& example,
    const std::function<std::string(const std::string&)>& change) {
  if (example.text.empty()) {
    fail_input(example.where,
               "has ids and no text, and no tokenizer reads them",
               "give \"text\", or a folder with a tokenizer");
  }
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

std::vector<double> mean_logprobs(const Target& target,
                                  const std::vector<ScoreItem>& items) {
  std::vector<double> means;
  for (const Likelihood& one : target.likelihoods(items)) {
    means.push_back(one.sum / static_cast<double>(one.tokens));
  }
  return means;
}

}  // namespace lethe
