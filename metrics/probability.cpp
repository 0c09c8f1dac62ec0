// Probability of a text a token: the geometric mean of its scored tokens'
// probabilities, and its negative log, the mean loss. The set's value is the
// mean over items.
//
//   nll = -(1 / T) sum_t log p(x_t | x_<t) [nats/token]
//   probability = exp(-nll)
//
// Paper: Maini et al. 2024, arXiv:2401.06121. Peer: open-unlearning's
// definition, on the mean losses of transformers 5.23.0, 1e-6 relative
// (metrics_parity_test.cpp).
#include <cmath>

#include "harness/base/registry.h"
#include "harness/plugin/metric.h"

namespace lethe {
namespace {

class Probability final : public Metric {
 public:
  explicit Probability(const Json& json) { reject_options(json); }

  MetricNeeds needs() const override { return {.token_statistics = true}; }
  std::string main_field() const override { return "probability"; }
  std::vector<std::string> fields() const override {
    return {"probability", "nll"};
  }
  std::string unit_of(const std::string& field) const override {
    return field == "nll" ? "nats" : unit();
  }

  // NaN when no token of the item is scored.
  Row item(const Observation& seen) const override {
    const double mean_logprob = seen.statistics->mean_logprob();
    return {{"probability", std::exp(mean_logprob)}, {"nll", -mean_logprob}};
  }
};

[[maybe_unused]] const bool registered = Registry<Metric>::add<Probability>(
    {.name = "probability",
     .summary = "Geometric mean of the tokens' probabilities, and mean loss.",
     .paper = "arXiv:2401.06121"});

}  // namespace
}  // namespace lethe
