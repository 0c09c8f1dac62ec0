#include "harness/run/judged.h"

#include <map>

#include "harness/base/files.h"
#include "harness/judge/judge.h"
#include "harness/model/folder.h"

namespace lethe {
namespace {

Rubric rubric_of(const MetricNeeds& needs, const std::string& folder) {
  const std::string file = resolve(folder, needs.rubric);
  return read_rubric(exists(file) ? file : needs.rubric);
}

// The folder of the model that judges.
std::string judge_folder(const MetricNeeds& needs, const std::string& folder) {
  const std::string local = resolve(folder, needs.judge);
  return is_folder(local) ? local : find_model(needs.judge);
}

}  // namespace

OrderedJson verdict_hashes(const Metric& metric, const std::string& folder) {
  const MetricNeeds needs = metric.needs();
  OrderedJson hashes = OrderedJson::object();
  if (needs.rubric.empty()) return hashes;
  const Rubric rubric = rubric_of(needs, folder);
  hashes["rubric"] = rubric.hash;
  if (!needs.judge.empty()) {
    const std::string judge = judge_folder(needs, folder);
    if (is_classifier_folder(judge)) check_classifier(rubric, judge);
    hashes["judge"] = ModelFolder(judge).hash();
  }
  return hashes;
}

const Judges::Kept& Judges::opened(const std::string& folder,
                                   const Target& target) {
  if (kept_.folder != folder) {
    kept_ = {};  // never two of them at once
    Kept kept{folder, ModelFolder(folder).hash(), nullptr, nullptr};
    if (is_classifier_folder(folder)) {
      kept.classifier = std::make_shared<const TextClassifier>(folder, o_);
    } else {
      kept.model = target.open(folder);
    }
    kept_ = std::move(kept);
  }
  return kept_;
}

JudgedBy Judges::judge(const Metric& metric, const Target& target,
                       const std::string& folder, Observations& observations) {
  const MetricNeeds needs = metric.needs();
  if (needs.rubric.empty()) return {};
  Rubric rubric = rubric_of(needs, folder);
  JudgedBy by{fmt::format("{} {} {}", rubric.name, rubric.version,
                          rubric.hash.substr(0, 8)),
              "rules", 0};
  std::vector<Completion> completions;
  for (const Observation& seen : observations) {
    completions.push_back(completion_of(seen));
  }
  std::unique_ptr<Judge> judge;
  if (needs.judge.empty()) {
    judge = rules_judge(std::move(rubric));
  } else {
    const Kept& kept = opened(judge_folder(needs, folder), target);
    by.judge = kept.folder + " " + kept.hash.substr(0, 8);
    judge = kept.classifier != nullptr
                ? classifier_judge(std::move(rubric), kept.classifier)
                : model_judge(std::move(rubric), kept.model, kept.folder);
  }
  const std::vector<Judgement> judgements = judge->judge(completions);
  for (size_t i = 0; i < judgements.size(); ++i) {
    observations[i].numbers["judged"] = {judgements[i].verdict == 0 ? 1.0
                                                                    : 0.0};
    observations[i].numbers["probability"] = {judgements[i].probabilities[0]};
    by.truncated += judgements[i].truncated ? 1 : 0;
  }
  return by;
}

}  // namespace lethe
