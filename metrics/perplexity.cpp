// Perplexity of a set: the exponential of the loss a token, pooled over all
// scored tokens, so that long texts weigh more than short ones.
//
//   loss = sum of nll over all scored tokens / their number [nats/token]
//   perplexity = exp(loss)
//
// Paper: Jelinek et al. 1977, "Perplexity: a measure of the difficulty of
// speech recognition tasks". Peer: transformers 5.23.0's mean loss of each
// text, weighted by its tokens, 1e-6 relative (metrics_parity_test.cpp).
// The intervals resample texts, not tokens, for the tokens of a text depend on
// each other; perplexity's is exp of the loss's.
#include <cmath>

#include "harness/base/registry.h"
#include "harness/plugin/metric.h"

namespace lethe {
namespace {

// exp() of an estimate on the log scale; a bound or value that no double holds
// is not a number, with the reason.
Estimate exponential(const Estimate& loss) {
  if (!loss.reason.empty()) return loss;
  const double value = std::exp(loss.value);
  if (!std::isfinite(value)) {
    return no_estimate(
        loss.n,
        fmt::format("exp of {:.1f} nats a token overflows", loss.value));
  }
  Estimate perplexity{value, loss.n, no_estimate(0, "").ci95, ""};
  if (std::isfinite(std::exp(loss.ci95.high))) {
    perplexity.ci95 = {std::exp(loss.ci95.low), std::exp(loss.ci95.high),
                       loss.ci95.method};
  }
  return perplexity;
}

// A text without scored tokens adds nothing to either sum.
Estimate pooled_loss(const Observations& observations) {
  std::vector<double> nll;
  std::vector<double> tokens;
  bool scored = false;
  for (const Observation& seen : observations) {
    const size_t count = seen.statistics->count();
    nll.push_back(count == 0 ? 0 : -seen.statistics->sum_logprob());
    tokens.push_back(static_cast<double>(count));
    scored = scored || count > 0;
  }
  if (!scored && !observations.empty()) {
    return no_estimate(static_cast<int64_t>(observations.size()),
                       "no token of any item is scored");
  }
  return estimate_ratio(nll, tokens);
}

class Perplexity final : public Metric {
 public:
  explicit Perplexity(const Json& json) { reject_options(json); }

  MetricNeeds needs() const override { return {.token_statistics = true}; }
  std::string main_field() const override { return "perplexity"; }
  std::vector<std::string> fields() const override {
    return {"perplexity", "loss"};
  }
  std::string unit() const override { return "ratio"; }
  std::string unit_of(const std::string& field) const override {
    return field == "loss" ? "nats" : unit();
  }

  Aggregate aggregate(const std::vector<Row>& /*rows*/,
                      const Observations& observations) const override {
    const Estimate loss = pooled_loss(observations);
    return {{"perplexity", exponential(loss)}, {"loss", loss}};
  }
};

[[maybe_unused]] const bool registered = Registry<Metric>::add<Perplexity>(
    {.name = "perplexity",
     .summary = "Exponential of the loss a token over all texts.",
     .paper = "Jelinek et al. 1977"});

}  // namespace
}  // namespace lethe
