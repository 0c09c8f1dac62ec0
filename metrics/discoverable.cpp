// (n, p)-discoverable extraction: the share of texts whose suffix comes out at
// least once in n samples with probability p or more, over n.
//
//   n_needed = smallest n with 1 - (1 - p_z)^n >= p
//   rate_n = items with n_needed <= n / items; rate_ever: items with p_z > 0
//
// Paper: Hayes et al. 2024, arXiv:2410.19482, definition 3.1. Peer: the closed
// form, on transformers' log p_z (canary_parity_test.cpp). Greedy extraction
// that falls to 0 while p_z hardly moved is the usual false success.
#include <cmath>
#include <limits>

#include "harness/base/registry.h"
#include "harness/plugin/metric.h"

namespace lethe {
namespace {

struct Options {
  double p = 0.5;  // the chance that has to be reached, in (0, 1)
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Options, p)

constexpr double kSamples[] = {1, 10, 100, 1000, 1e4, 1e5, 1e6};

class Discoverable final : public Metric {
 public:
  explicit Discoverable(const Json& json) : o_(parse<Options>(json)) {
    if (!(o_.p > 0 && o_.p < 1)) {
      fail_usage("discoverable", fmt::format("p is {}", o_.p),
                 "give a chance between 0 and 1, e.g. 0.5");
    }
  }

  MetricNeeds needs() const override { return {.numbers = {"log_pz"}}; }
  std::string main_field() const override { return "rate_n1000"; }
  std::vector<std::string> fields() const override {
    std::vector<std::string> names;
    for (const double n : kSamples) names.push_back(name_of(n));
    names.emplace_back("rate_ever");
    return names;
  }

  // A suffix that never comes out has pz alone.
  Row item(const Observation& seen) const override {
    const double log_pz = seen.numbers.at("log_pz").front();
    Row row = {{"pz", std::exp(log_pz)}};
    if (std::isinf(log_pz)) return row;
    row.emplace_back("log_pz", log_pz);
    row.emplace_back("n_needed", needed(log_pz));
    return row;
  }

  Aggregate aggregate(const std::vector<Row>& /*rows*/,
                      const Observations& observations) const override {
    Aggregate all;
    for (const double n : kSamples) {
      all.emplace_back(name_of(n), rate(observations, n));
    }
    all.emplace_back("rate_ever",
                     rate(observations, std::numeric_limits<double>::max()));
    return all;
  }

 private:
  static std::string name_of(double n) {
    return fmt::format("rate_n{}", static_cast<int64_t>(n));
  }

  Estimate rate(const Observations& observations, double n) const {
    std::vector<double> reached;
    for (const Observation& seen : observations) {
      const double count = needed(seen.numbers.at("log_pz").front());
      reached.push_back(std::isnan(count) ? count : count <= n);
    }
    return estimate_mean(reached);
  }

  // log(1 - p) / log(1 - p_z), rounded up; on the log scale where p_z is small.
  // Infinite where p_z is 0.
  double needed(double log_pz) const {
    if (std::isnan(log_pz)) return log_pz;
    if (log_pz == -std::numeric_limits<double>::infinity()) return -log_pz;
    if (log_pz >= 0) return 1;
    const double miss = -std::log1p(-o_.p);
    const double n = log_pz < -700
                         ? std::exp(std::log(miss) - log_pz)
                         : std::ceil(miss / -std::log1p(-std::exp(log_pz)));
    return std::min(n, std::numeric_limits<double>::max());
  }

  const Options o_;
};

[[maybe_unused]] const bool registered = Registry<Metric>::add<Discoverable>(
    {.name = "discoverable",
     .summary = "Share of suffixes that n samples give with chance p.",
     .paper = "arXiv:2410.19482",
     .options = defaults<Options>()});

}  // namespace
}  // namespace lethe
