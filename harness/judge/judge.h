// Verdicts on completions: by rules, or by a local model.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "harness/base/observation.h"
#include "harness/judge/rubric.h"

namespace lethe {

class Target;

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
  // 0, the model would rather have said something else. 1 of rules.
  double mass = 1;
  std::string because;  // the rule that decided; "otherwise"; empty of models
  bool truncated = false;  // the prompt was cut from the left to the window
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

// What was asked, answered and known of an observation.
Completion completion_of(const Observation& seen);

}  // namespace lethe
