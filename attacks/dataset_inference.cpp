// Dataset inference: the features of every text that the metric
// dataset_inference combines into one answer about the whole set.
//
//   features = mean log-prob, perplexity, mean log-prob / zlib size, and for k
//              of 5, 10, 20, 30, 40, 50 and 60 %: mean of the lowest and of the
//              highest k of the log-probs, of the lowest of (log p - mu) /
//              sigma
//
// Paper: Maini et al. 2024, arXiv:2406.06443. Peer: torch's log-probs, to 1e-4
// (testdata/, written by harness/oracle/membership.py); llm_dataset_inference,
// which adds ratios to perturbed texts and to reference models; these features
// are those of the one shared pass. Its k_min_probs are the smallest losses.
#include <algorithm>
#include <cmath>

#include "attacks/lowest.h"
#include "attacks/other_texts.h"
#include "harness/base/registry.h"
#include "harness/base/zlib_size.h"
#include "harness/plugin/attack.h"

namespace lethe {
namespace {

constexpr double kShares[] = {0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6};
constexpr double kLeastSigma = 1e-3;  // of a next-token distribution, nats

std::vector<double> features(const TokenStatistics& s,
                             const std::string& text) {
  const double mean = s.mean_logprob();
  std::vector<double> all = {mean, std::exp(-mean),
                             mean / static_cast<double>(zlib_size(text))};
  std::vector<double> own(s.logprobs.begin(), s.logprobs.end());
  std::vector<double> opposite, standard;
  for (size_t t = 0; t < s.count(); ++t) {
    opposite.push_back(-own[t]);
    standard.push_back((own[t] - s.mu[t]) /
                       std::max<double>(s.sigma[t], kLeastSigma));
  }
  for (const double share : kShares) {
    all.push_back(mean_of_lowest(own, share));
    all.push_back(-mean_of_lowest(opposite, share));
    all.push_back(mean_of_lowest(standard, share));
  }
  return all;
}

class DatasetInference final : public Probe {
 public:
  explicit DatasetInference(const Json& json) { reject_options(json); }
  Needs needs() const override { return {.token_statistics = true}; }
  std::vector<std::string> metrics() const override {
    return {"dataset_inference"};
  }

  Observations ask(const Target& target,
                   const Examples& examples) const override {
    const auto statistics = target.statistics(examples);
    Observations all;
    for (size_t i = 0; i < examples.size(); ++i) {
      if (examples[i].text.empty()) continue;  // ids only, no tokenizer
      Observation seen = observe(examples[i]);
      seen.statistics = statistics[i];
      seen.numbers["features"] =
          features(*statistics[i], scored_text(examples[i]));
      all.push_back(std::move(seen));
    }
    return all;
  }
};

[[maybe_unused]] const bool registered = Registry<Probe>::add<DatasetInference>(
    {.name = "dataset_inference",
     .summary = "Whether the members were trained on, as a set.",
     .paper = "arXiv:2406.06443"});

}  // namespace
}  // namespace lethe
