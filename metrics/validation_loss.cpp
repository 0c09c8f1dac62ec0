// Validation loss of a set: the nll of all scored tokens, over their number and
// over the number of all tokens that the model read. Where only answers are
// scored, or a mask leaves tokens out, the two differ.
//
//   supervised = sum of nll / scored tokens [nats/token]
//   input = sum of nll / tokens of the texts, scored or not [nats/token]
//
// Paper: Hans et al. 2024 (goldfish loss), arXiv:2406.10209, section 5.2, which
// compares runs by both counts. Peer: transformers' mean loss of each text,
// weighted by its tokens, as for perplexity. The intervals resample texts.
#include <algorithm>

#include "harness/base/registry.h"
#include "harness/plugin/metric.h"

namespace lethe {
namespace {

class ValidationLoss final : public Metric {
 public:
  explicit ValidationLoss(const Json& json) { reject_options(json); }

  MetricNeeds needs() const override {
    return {.token_statistics = true, .single_tokens = {"input"}};
  }
  std::string main_field() const override { return "supervised"; }
  std::vector<std::string> fields() const override {
    return {"supervised", "input"};
  }
  std::string unit() const override { return "nats"; }

  Aggregate aggregate(const std::vector<Row>& /*rows*/,
                      const Observations& observations) const override {
    std::vector<double> nll, scored, read;
    for (const Observation& seen : observations) {
      const TokenStatistics& s = *seen.statistics;
      nll.push_back(s.count() == 0 ? 0 : -s.sum_logprob());
      scored.push_back(static_cast<double>(s.count()));
      read.push_back(static_cast<double>(s.ids.size()));
    }
    return {{"supervised", estimate_ratio(nll, scored)},
            {"input", per_token_read(nll, read)}};
  }

 private:
  static Estimate per_token_read(const std::vector<double>& nll,
                                 const std::vector<double>& read) {
    const auto without = std::count(read.begin(), read.end(), 0.0);
    if (without == 0) return estimate_ratio(nll, read);
    return no_estimate(
        static_cast<int64_t>(read.size()),
        fmt::format("{} of {} items have no ids", without, read.size()));
  }
};

[[maybe_unused]] const bool registered = Registry<Metric>::add<ValidationLoss>(
    {.name = "validation_loss",
     .summary = "Loss by scored tokens and by all tokens read, nats.",
     .paper = "arXiv:2406.10209"});

}  // namespace
}  // namespace lethe
