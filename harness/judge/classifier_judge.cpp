#include <algorithm>
#include <cmath>

#include "harness/judge/judge.h"
#include "harness/target/text_classifier.h"

namespace lethe {
namespace {

// The verdict of every label of the folder. Throws: usage error.
std::vector<size_t> verdicts_of(const Rubric& rubric, const ClassLabels& labels,
                                const std::string& folder) {
  const std::string shown = fmt::format(" (its labels: {})", labels.shown());
  if (!rubric.has_labels()) {
    fail_usage("rubric " + rubric.name,
               "does not say what a classifier's labels mean, which " + folder +
                   " is" + shown,
               "add \"labels\": {VERDICT: [LABEL, ..], ..} to it, or name a "
               "decoder");
  }
  if (!labels.exclusive) {
    fail_usage(folder,
               "is no classifier whose labels exclude each other" + shown,
               "name one whose probabilities sum to 1");
  }
  std::vector<size_t> verdicts;
  std::vector<bool> meant(rubric.verdicts.size());
  for (const std::string& label : labels.names) {
    const std::optional<size_t> verdict = rubric.verdict_of_label(label);
    if (!verdict) {
      fail_usage(folder,
                 fmt::format("the label \"{}\" means no verdict of the rubric "
                             "{}{}",
                             printable(label), rubric.name, shown),
                 "add it to \"labels\" in a copy of the rubric");
    }
    verdicts.push_back(*verdict);
    meant[*verdict] = true;
  }
  for (size_t v = 0; v < meant.size(); ++v) {
    if (meant[v]) continue;
    fail_usage(
        folder,
        fmt::format("no label means the verdict \"{}\" of the rubric "
                    "{}{}",
                    printable(rubric.verdicts[v].name), rubric.name, shown),
        "name another classifier or rubric");
  }
  return verdicts;
}

class ClassifierJudge final : public Judge {
 public:
  ClassifierJudge(Rubric rubric, std::shared_ptr<const TextClassifier> model)
      : rubric_(std::move(rubric)),
        model_(std::move(model)),
        verdicts_(verdicts_of(rubric_, model_->labels(), model_->folder())) {}

  std::vector<Judgement> judge(
      const std::vector<Completion>& completions) const override {
    std::vector<Judgement> all(completions.size());
    std::vector<std::vector<int64_t>> rows;
    for (size_t i = 0; i < completions.size(); ++i) {
      TextClassifier::Row row =
          model_->row(completions[i].output, completions[i].where);
      all[i].truncated = row.truncated;
      rows.push_back(std::move(row.ids));
    }
    const std::vector<std::vector<float>> logits = model_->logits(rows);
    for (size_t i = 0; i < completions.size(); ++i) {
      all[i].probabilities = probabilities(logits[i], completions[i].where);
      const auto& p = all[i].probabilities;
      all[i].verdict =
          static_cast<size_t>(std::max_element(p.begin(), p.end()) - p.begin());
    }
    return all;
  }

 private:
  // Softmax of the labels, added up for each verdict.
  std::vector<double> probabilities(const std::vector<float>& logits,
                                    const std::string& where) const {
    if (!std::all_of(logits.begin(), logits.end(),
                     [](float z) { return std::isfinite(z); })) {
      fail_runtime(where, "the judge's logits are not finite",
                   "use another judge, or float32");
    }
    const double most = *std::max_element(logits.begin(), logits.end());
    std::vector<double> all(rubric_.verdicts.size());
    double sum = 0;
    for (size_t i = 0; i < logits.size(); ++i) {
      const double weight = std::exp(logits[i] - most);
      all[verdicts_[i]] += weight;
      sum += weight;
    }
    for (double& one : all) one /= sum;
    return all;
  }

  const Rubric rubric_;
  const std::shared_ptr<const TextClassifier> model_;
  const std::vector<size_t> verdicts_;  // of the labels
};

}  // namespace

bool is_classifier_folder(const std::string& folder) {
  const std::string where = folder + "/config.json";
  const std::string type =
      require_string(read_config_json(folder), "model_type", where);
  if (is_encoder(type)) return true;
  std::vector<std::string> known = family_names();
  if (std::find(known.begin(), known.end(), type) != known.end()) return false;
  for (std::string& name : encoder_names()) known.push_back(std::move(name));
  fail_input(where, "model_type \"" + printable(type) + "\" is not supported",
             suggest(type, known));
}

void check_classifier(const Rubric& rubric, const std::string& folder) {
  verdicts_of(rubric, read_class_labels(ModelFolder(folder)), folder);
}

std::unique_ptr<Judge> classifier_judge(
    Rubric rubric, std::shared_ptr<const TextClassifier> model) {
  return std::make_unique<ClassifierJudge>(std::move(rubric), std::move(model));
}

}  // namespace lethe
