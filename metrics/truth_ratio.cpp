// Truth ratio: how likely wrong answers are beside the right one, a token.
// Unlearnt facts should look as they do to a model that never saw them: near 1.
//
//   truth_ratio = mean_j p(wrong_j) / (p(right) + epsilon), p a token
//   closer_to_1_better = min(truth_ratio, 1 / truth_ratio): on forgotten data
//   true_better = max(0, 1 - truth_ratio): on data that should be known
//   prob_mean = p(right) / (p(right) + mean_j p(wrong_j))
//
// Paper: Maini et al. 2024, arXiv:2401.06121, section 2.2. Peer:
// open-unlearning @ d3d7cf9 (its aggregators' names; epsilon 1e-10; the mean is
// geometric), the definition. The paper and tofu's utils.py take the arithmetic
// mean: mean=arithmetic; tofu's aggregation adds nothing: epsilon=0, which the
// record says where rows are tofu's. Where the right answer is a paraphrase is
// up to the data.
#include <algorithm>

#include "harness/base/registry.h"
#include "harness/plugin/metric.h"
#include "metrics/truth.h"

namespace lethe {
namespace {

class TruthRatio final : public Metric {
 public:
  explicit TruthRatio(const Json& json) : o_(parse<TruthOptions>(json)) {
    check(o_, "truth_ratio");
  }

  MetricNeeds needs() const override {
    return {.numbers = {"answer_nll", "perturbed_nll"}};
  }
  std::string main_field() const override { return "truth_ratio"; }
  std::vector<std::string> fields() const override {
    return {"truth_ratio", "closer_to_1_better", "true_better", "prob_mean"};
  }
  std::string unit_of(const std::string& field) const override {
    return field == "truth_ratio" ? "ratio" : unit();
  }

  Row item(const Observation& seen) const override {
    const Truth truth = truth_of(seen, o_);
    const double ratio = truth.ratio(o_.epsilon);
    return {{"truth_ratio", ratio},
            {"closer_to_1_better", ratio < 1 ? ratio : 1 / ratio},
            {"true_better", ratio > 1 ? 0 : 1 - ratio},
            {"prob_mean", truth.right_share()}};
  }

  Aggregate aggregate(const std::vector<Row>& rows,
                      const Observations& observations) const override {
    Aggregate means = Metric::aggregate(rows, observations);
    for (auto& [field, mean] : means) {
      if (field == "prob_mean") continue;  // has no epsilon
      mean.note = epsilon_note(observations, o_.epsilon);
    }
    return means;
  }

 private:
  const TruthOptions o_;
};

[[maybe_unused]] const bool registered = Registry<Metric>::add<TruthRatio>(
    {.name = "truth_ratio",
     .summary = "Probability of wrong answers over the right one's.",
     .paper = "arXiv:2401.06121",
     .options = defaults<TruthOptions>()});

}  // namespace
}  // namespace lethe
