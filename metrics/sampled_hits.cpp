// Sampled hits: how many of several drawn continuations are the suffix.
//
//   any_hit = 1 if one of the n trials is the suffix, else 0
//   hit_rate = trials that are the suffix / n
//
// hit_rate estimates p_z without bias, where `discoverable` has it exactly.
// Paper: Carlini et al. 2021, arXiv:2012.07805; Hayes et al. 2024,
// arXiv:2410.19482, section 3. Peer: none; by hand
// (extraction_metrics_test.cpp).
#include <algorithm>
#include <limits>
#include <numeric>

#include "harness/base/registry.h"
#include "harness/plugin/metric.h"

namespace lethe {
namespace {

class SampledHits final : public Metric {
 public:
  explicit SampledHits(const Json& json) { reject_options(json); }

  MetricNeeds needs() const override { return {.numbers = {"hits"}}; }
  std::string main_field() const override { return "any_hit"; }
  std::vector<std::string> fields() const override {
    return {"any_hit", "hit_rate"};
  }

  // NaN without trials, and where a hit is no number.
  Row item(const Observation& seen) const override {
    const std::vector<double>& hits = seen.numbers.at("hits");
    const double sum = std::accumulate(hits.begin(), hits.end(), 0.0);
    const double rate = hits.empty() ? std::numeric_limits<double>::quiet_NaN()
                                     : sum / static_cast<double>(hits.size());
    return {{"any_hit", rate > 0 ? 1 : rate}, {"hit_rate", rate}};
  }
};

[[maybe_unused]] const bool registered = Registry<Metric>::add<SampledHits>(
    {.name = "sampled_hits",
     .summary = "Whether, and how often, drawn continuations are the suffix.",
     .paper = "arXiv:2410.19482"});

}  // namespace
}  // namespace lethe
