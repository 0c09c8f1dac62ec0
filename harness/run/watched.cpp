#include "harness/run/watched.h"

namespace lethe {

Watched::Watched(
    const Suite& suite, const TrainOptions& options,
    const std::function<TrainingSet(const std::string&)>& set_of_split) {
  if (options.eval_every == 0) return;
  for (const SplitSpec& split : suite.data) {
    if (split.role != "holdout" && !split.validation) continue;
    const TrainingSet rows = set_of_split(split.name);
    if (rows.size() > 0) sets_[split.name] = rows;
  }
}

Examples Watched::unlabelled(Examples examples) {
  for (Example& e : examples) e.member.reset();
  return examples;
}

std::vector<std::pair<std::string, const TrainingSet*>> Watched::sets() const {
  std::vector<std::pair<std::string, const TrainingSet*>> all;
  for (const auto& [name, set] : sets_) all.emplace_back(name, &set);
  return all;
}

}  // namespace lethe
