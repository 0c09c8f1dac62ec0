// Token statistics of each text under teacher forcing: what perplexity,
// probability and the other one-pass metrics read. Rows with perturbed answers
// (TOFU's) also give the mean loss of the right answer, in other words where
// there are any, and of each wrong one, for truth_ratio and forget_quality.
//
// Paper: none.
#include "harness/base/registry.h"
#include "harness/plugin/attack.h"

namespace lethe {
namespace {

// Mean loss a token of every answer, in nats.
std::vector<double> losses(const Target& target,
                           const std::vector<OtherAnswer>& answers) {
  std::vector<ScoreItem> items;
  for (const OtherAnswer& answer : answers) {
    items.push_back({answer.ids, answer.score_from});
  }
  std::vector<double> nll;
  for (const Likelihood& one : target.likelihoods(items)) {
    nll.push_back(-one.sum / static_cast<double>(one.tokens));
  }
  return nll;
}

// The answers of all examples in one pass, so that prompts are shared.
void add_answers(const Target& target, const Examples& examples,
                 Observations& all) {
  std::vector<OtherAnswer> answers;
  for (const Example& e : examples) {
    if (e.perturbed.empty()) continue;
    const auto right = std::min<size_t>(1, e.paraphrased.size());
    answers.insert(answers.end(), e.paraphrased.begin(),
                   e.paraphrased.begin() + right);
    answers.insert(answers.end(), e.perturbed.begin(), e.perturbed.end());
  }
  if (answers.empty()) return;
  const std::vector<double> nll = losses(target, answers);
  auto next = nll.begin();
  for (size_t i = 0; i < examples.size(); ++i) {
    const Example& e = examples[i];
    if (e.perturbed.empty()) continue;
    all[i].numbers["answer_nll"] = {
        e.paraphrased.empty() ? -all[i].statistics->mean_logprob() : *next++};
    const auto end = next + static_cast<std::ptrdiff_t>(e.perturbed.size());
    all[i].numbers["perturbed_nll"].assign(next, end);
    next = end;
  }
}

class TeacherForced final : public Probe {
 public:
  explicit TeacherForced(const Json& json) { reject_options(json); }
  Needs needs() const override { return {.token_statistics = true}; }
  std::vector<std::string> metrics() const override {
    return {"perplexity", "probability"};
  }

  Observations ask(const Target& target,
                   const Examples& examples) const override {
    const auto statistics = target.statistics(examples);
    Observations all;
    for (size_t i = 0; i < examples.size(); ++i) {
      Observation seen = observe(examples[i]);
      seen.statistics = statistics[i];
      all.push_back(std::move(seen));
    }
    add_answers(target, examples, all);
    return all;
  }
};

[[maybe_unused]] const bool registered = Registry<Probe>::add<TeacherForced>(
    {.name = "teacher_forced",
     .summary = "Token statistics of each text, one pass.",
     .paper = ""});

}  // namespace
}  // namespace lethe
