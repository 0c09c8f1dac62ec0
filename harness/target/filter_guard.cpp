#include "harness/target/filter_guard.h"

#include <algorithm>
#include <limits>

#include "harness/base/error.h"

namespace lethe {
namespace {

[[noreturn]] void only_texts() {
  fail_usage("filter_guard", "the target shows texts only",
             "ask it for generations");
}

}  // namespace

FilterGuard::FilterGuard(std::shared_ptr<const Target> target,
                         const FilterOptions& options)
    : WrappedTarget(std::move(target)), o_(options), filter_(o_.terms) {
  if (!inner().can().tokenizer) {
    fail_usage("filter_guard", "the model has no tokenizer, so no text",
               "add its tokenizer.json");
  }
}

Needs FilterGuard::can() const { return {.generate = true, .tokenizer = true}; }

std::string FilterGuard::limits() const {
  return "a filter shows texts only: there are no log-probs, and no gradients";
}

Generation FilterGuard::generate(const Prompts& prompts,
                                 const GenerateOptions& options) const {
  if (options.guide) only_texts();  // it would read log-probs
  Generation result = inner().generate(prompts, options);
  for (size_t p = 0; p < prompts.size(); ++p) {
    const int64_t room =
        options.lengths.empty() ? options.max_new_tokens : options.lengths[p];
    const auto most =
        std::min<int64_t>(room, static_cast<int64_t>(o_.refusal.size()));
    const bool refused =
        o_.inputs && !filter_.found_in(decode(prompts[p])).empty();
    for (Sequence& sequence : result.sequences[p]) {
      sequence.scored = false;
      sequence.score = std::numeric_limits<double>::quiet_NaN();
      sequence.token_logprobs.clear();
      if (refused || !filter_.found_in(decode(sequence.ids)).empty()) {
        sequence.ids.assign(o_.refusal.begin(), o_.refusal.begin() + most);
      }
    }
  }
  return result;
}

std::vector<std::shared_ptr<const TokenStatistics>> FilterGuard::statistics(
    const Examples&) const {
  only_texts();
}

std::vector<Likelihood> FilterGuard::likelihoods(
    const std::vector<ScoreItem>&) const {
  only_texts();
}

std::vector<std::shared_ptr<const TokenDrift>> FilterGuard::drift(
    const std::vector<ScoreItem>&, const Target&) const {
  only_texts();
}

std::vector<std::vector<float>> FilterGuard::sampling_logprobs(
    const std::vector<ScoreItem>&, const GenerateOptions&) const {
  only_texts();
}

std::vector<double> FilterGuard::gradient_norms(
    const std::vector<ScoreItem>&, const GradientNormOptions&) const {
  only_texts();
}

std::shared_ptr<const Target> FilterGuard::with_model(
    std::shared_ptr<const Model> model) const {
  return std::make_shared<FilterGuard>(inner().with_model(std::move(model)),
                                       o_);
}

}  // namespace lethe
