// How far predictions moved from the base model's, pooled over all scored
// tokens, so that long texts weigh more than short ones.
//
//   kl = mean of KL(base || model) [nats/token]
//   top1_agreement = share of tokens where both have the same likeliest one
//   log_perplexity_ratio = mean of (log p_base - log p_model) of the text's
//                          own tokens = ln(PPL(model) / PPL(base))
//
// Peer: llama.cpp's --kl-divergence prints the same three (its intervals take
// tokens as independent; these resample texts).
#include <numeric>

#include "harness/base/registry.h"
#include "harness/plugin/metric.h"

namespace lethe {
namespace {

// Sums over the tokens of one text.
struct Sums {
  double tokens = 0, kl = 0, same = 0, log_ratio = 0;
};

template <class T>
double sum(const std::vector<T>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

Sums sums(const TokenDrift& d) {
  return {static_cast<double>(d.kl.size()), sum(d.kl), sum(d.same_top),
          sum(d.base_logprobs) - sum(d.logprobs)};
}

class KlDivergence final : public Metric {
 public:
  explicit KlDivergence(const Json& json) { reject_options(json); }

  MetricNeeds needs() const override { return {.drift = true}; }
  std::string main_field() const override { return "kl"; }
  std::vector<std::string> fields() const override {
    return {"kl", "top1_agreement", "log_perplexity_ratio"};
  }
  std::string unit() const override { return "nats"; }
  std::string unit_of(const std::string& field) const override {
    return field == "top1_agreement" ? "fraction" : unit();
  }

  Row item(const Observation& seen) const override {
    const Sums s = sums(*seen.drift);
    return {{"kl", s.kl / s.tokens},
            {"top1_agreement", s.same / s.tokens},
            {"log_perplexity_ratio", s.log_ratio / s.tokens},
            {"tokens", s.tokens}};
  }

  Aggregate aggregate(const std::vector<Row>& /*rows*/,
                      const Observations& observations) const override {
    std::vector<double> tokens, kl, same, log_ratio;
    for (const Observation& seen : observations) {
      const Sums s = sums(*seen.drift);
      tokens.push_back(s.tokens);
      kl.push_back(s.kl);
      same.push_back(s.same);
      log_ratio.push_back(s.log_ratio);
    }
    return {{"kl", estimate_ratio(kl, tokens)},
            {"top1_agreement", estimate_ratio(same, tokens)},
            {"log_perplexity_ratio", estimate_ratio(log_ratio, tokens)}};
  }
};

[[maybe_unused]] const bool registered = Registry<Metric>::add<KlDivergence>(
    {.name = "kl_divergence",
     .summary = "KL, top-1 agreement and perplexity ratio to the base model.",
     .paper = ""});

}  // namespace
}  // namespace lethe
