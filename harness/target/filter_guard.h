// A filter between a model and its readers: answers that hold a term are
// replaced.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "harness/target/term_filter.h"
#include "harness/target/wrapped_target.h"

namespace lethe {

struct FilterOptions {
  std::vector<std::string> terms;
  std::vector<int64_t> refusal;  // tokens that stand in an answer's place
  bool inputs = false;           // a prompt that holds a term is refused, too
};

// The target that shows texts only, and none that holds a term: every sequence
// of a generation is looked at whole and replaced by the refusal, cut where the
// prompt's new tokens end. Sequences have no score (Sequence::scored), and
// there are no token statistics. What is refused is computed all the same, so
// that what is drawn for others does not depend on it.
class FilterGuard final : public WrappedTarget {
 public:
  // Throws: usage error for a target without a tokenizer, and as TermFilter.
  FilterGuard(std::shared_ptr<const Target> target,
              const FilterOptions& options);

  Needs can() const override;
  std::string limits() const override;
  Generation generate(const Prompts& prompts,
                      const GenerateOptions& options) const override;
  // Throws: usage errors, all of them: can() says no.
  std::vector<std::shared_ptr<const TokenStatistics>> statistics(
      const Examples& examples) const override;
  std::vector<Likelihood> likelihoods(
      const std::vector<ScoreItem>& items) const override;
  std::vector<std::shared_ptr<const TokenDrift>> drift(
      const std::vector<ScoreItem>& items, const Target& base) const override;
  std::vector<std::vector<float>> sampling_logprobs(
      const std::vector<ScoreItem>& items,
      const GenerateOptions& sampling) const override;
  std::vector<double> gradient_norms(
      const std::vector<ScoreItem>& items,
      const GradientNormOptions& options) const override;
  std::shared_ptr<const Target> with_model(
      std::shared_ptr<const Model> model) const override;

 private:
  const FilterOptions o_;
  const TermFilter filter_;
};

}  // namespace lethe
