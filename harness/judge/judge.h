// Verdicts on completions: by rules, by what a local model answers, or by the
// labels of a local classifier.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "harness/base/observation.h"
#include "harness/judge/rubric.h"

namespace lethe {

class Target;
class TextClassifier;

// A completion to judge.
struct Completion {
  std::string id;
  std::string prompt;
  std::string output;
  Json fields;        // of the row, for `contains` and the prompt's {field}
  std::string where;  // for errors
};

struct Judgement {
  size_t verdict = 0;                 // of the rubric's
  std::vector<double> probabilities;  // of its verdicts, sum 1; rules: 0 or 1
  // Probability of all answers together before they are made to sum to 1: near
  // 0, the model would rather have said something else. 1 of rules and
  // classifiers.
  double mass = 1;
  std::string because;  // the rule that decided; "otherwise"; empty of models
  // A model's prompt was cut from the left to its window; a classifier's text
  // from the right.
  bool truncated = false;
};

class Judge {
 public:
  virtual ~Judge() = default;
  // One judgement a completion, in order. Throws: input error that names the
  // row when it lacks what the rubric asks for.
  virtual std::vector<Judgement> judge(
      const std::vector<Completion>& completions) const = 0;
};

// Throws: usage error when the rubric has no rules. Deterministic.
std::unique_ptr<Judge> rules_judge(Rubric rubric);

// The answer that the model finds likeliest after the rubric's prompt, as a
// chat where the model's folder has a template (rendered for 2026-01-31). Of
// equal ones the first. An answer's probability is that of its tokens, so
// answers should have as many. Special strings in a row stay text: what is
// judged cannot end its own turn. Throws: usage error when the rubric has no
// prompt or `model` no tokenizer.
std::unique_ptr<Judge> model_judge(Rubric rubric,
                                   std::shared_ptr<const Target> model,
                                   const std::string& folder);

// The likeliest verdict by an encoder with a classification head; of equal ones
// the first. It reads the output alone, without the prompt, an empty one as the
// tokenizer's special tokens. The probability of a verdict is the sum of those
// of its labels. Throws: usage error when the rubric has no labels, the
// classifier's do not exclude each other, one of them means no verdict, or a
// verdict has none of them.
//
// Peer: open-unlearning @ d3d7cf9 classification_prob, whose value is the mean
// probability of one label.
std::unique_ptr<Judge> classifier_judge(
    Rubric rubric, std::shared_ptr<const TextClassifier> model);

// Whether what judges from this folder is a classifier: its family is an
// encoder's. Throws: as read_config_json; input error for a family that is
// neither that nor a decoder's.
bool is_classifier_folder(const std::string& folder);

// What classifier_judge would throw, and whether the folder has a head; no
// weight is read.
void check_classifier(const Rubric& rubric, const std::string& folder);

// What was asked, answered and known of an observation.
Completion completion_of(const Observation& seen);

}  // namespace lethe
