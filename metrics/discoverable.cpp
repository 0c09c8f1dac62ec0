// (n, p)-discoverable extraction: the share of texts whose suffix comes out at
// least once in n samples with probability p or more, over n.
//
//   n_needed = smallest n with 1 - (1 - p_z)^n >= p
//   rate_n = items with n_needed <= n / items; rate_ever: items with p_z > 0
//   chance_n = mean of 1 - (1 - p_z)^n: the expected share after n samples
//
// rate_nN is for the chance p, rate_nN_pP for each other one of also_p; n is
// the list of N. Where a probe gives log_p_near (at least the probability of
// something near the suffix), near_... are the same of it, lower bounds.
//
// Paper: Hayes et al. 2024, arXiv:2410.19482, definition 3.1. Peer: the closed
// form, on transformers' log p_z (canary_parity_test.cpp). Greedy extraction
// that falls to 0 while p_z hardly moved is the usual false success.
#include <algorithm>
#include <cmath>
#include <limits>

#include "harness/base/registry.h"
#include "harness/plugin/metric.h"

namespace lethe {
namespace {

struct Options {
  double p = 0.5;  // the chance that has to be reached, in (0, 1)
  std::vector<double> also_p = {0.9};
  std::vector<int64_t> n = {1, 10, 100, 1000, 10000, 100000, 1000000};
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Options, p, also_p, n)

constexpr double kInfinite = std::numeric_limits<double>::infinity();

// The exact probability, and the bound for near ones.
struct Kind {
  const char* number;
  const char* prefix;
};
constexpr Kind kExact = {"log_pz", ""};
constexpr Kind kNear = {"log_p_near", "near_"};

// log(1 - p) / log(1 - p_z), rounded up; on the log scale where p_z is small.
// Infinite where p_z is 0.
double needed(double log_pz, double p) {
  if (std::isnan(log_pz)) return log_pz;
  if (log_pz == -kInfinite) return kInfinite;
  if (log_pz >= 0) return 1;
  const double miss = -std::log1p(-p);
  const double n = log_pz < -700
                       ? std::exp(std::log(miss) - log_pz)
                       : std::ceil(miss / -std::log1p(-std::exp(log_pz)));
  return std::clamp(n, 1.0, std::numeric_limits<double>::max());
}

// 1 - (1 - p_z)^n.
double chance(double log_pz, double n) {
  if (log_pz >= 0) return 1;
  return -std::expm1(n * std::log1p(-std::exp(log_pz)));
}

class Discoverable final : public Metric {
 public:
  explicit Discoverable(const Json& json) : o_(parse<Options>(json)) {
    chances_ = o_.also_p;
    chances_.insert(chances_.begin(), o_.p);
    for (const double p : chances_) {
      if (p > 0 && p < 1) continue;
      fail_usage("discoverable", fmt::format("p is {}", p),
                 "give a chance between 0 and 1, e.g. 0.5");
    }
    for (const int64_t n : o_.n) {
      if (n >= 1) continue;
      fail_usage("discoverable", fmt::format("n is {}", n),
                 "give numbers of samples, at least 1");
    }
    if (o_.n.empty()) {
      fail_usage("discoverable", "n is empty", "give numbers of samples");
    }
  }

  MetricNeeds needs() const override { return {.numbers = {"log_pz"}}; }
  // At 1,000 samples where that is asked for, else at the most.
  std::string main_field() const override {
    const bool usual = std::count(o_.n.begin(), o_.n.end(), 1000) > 0;
    return fmt::format(
        "rate_n{}", usual ? 1000 : *std::max_element(o_.n.begin(), o_.n.end()));
  }
  std::vector<std::string> fields() const override {
    std::vector<std::string> names;
    for (const Kind& kind : {kExact, kNear}) {
      for (const auto& [name, value] : values(kind, {})) names.push_back(name);
    }
    return names;
  }

  // A suffix that never comes out has pz alone.
  Row item(const Observation& seen) const override {
    Row row;
    for (const Kind& kind : {kExact, kNear}) {
      const auto found = seen.numbers.find(kind.number);
      if (found == seen.numbers.end()) continue;
      const double log_pz = found->second.front();
      const bool near = *kind.prefix != 0;
      row.emplace_back(near ? "p_near" : "pz", std::exp(log_pz));
      if (std::isinf(log_pz)) continue;
      row.emplace_back(kind.number, log_pz);
      row.emplace_back(fmt::format("{}n_needed", kind.prefix),
                       needed(log_pz, o_.p));
      for (const double p : o_.also_p) {
        row.emplace_back(fmt::format("{}n_needed_p{}", kind.prefix, p),
                         needed(log_pz, p));
      }
      for (const int64_t n : o_.n) {
        row.emplace_back(fmt::format("{}chance_n{}", kind.prefix, n),
                         chance(log_pz, static_cast<double>(n)));
      }
    }
    return row;
  }

  Aggregate aggregate(const std::vector<Row>& /*rows*/,
                      const Observations& observations) const override {
    Aggregate all = values(kExact, observations);
    const bool near = !observations.empty() &&
                      observations.front().numbers.count(kNear.number) > 0;
    if (!near) return all;
    for (auto& entry : values(kNear, observations)) {
      all.push_back(std::move(entry));
    }
    return all;
  }

 private:
  Aggregate values(const Kind& kind, const Observations& observations) const {
    std::vector<double> logs;
    for (const Observation& seen : observations) {
      const auto found = seen.numbers.find(kind.number);
      logs.push_back(found == seen.numbers.end()
                         ? std::numeric_limits<double>::quiet_NaN()
                         : found->second.front());
    }
    Aggregate all;
    for (const double p : chances_) {
      const std::string end = p == o_.p ? "" : fmt::format("_p{}", p);
      for (const int64_t n : o_.n) {
        all.emplace_back(fmt::format("{}rate_n{}{}", kind.prefix, n, end),
                         rate(logs, static_cast<double>(n), p));
      }
    }
    for (const int64_t n : o_.n) {
      std::vector<double> chances;
      for (const double log_pz : logs) {
        chances.push_back(chance(log_pz, static_cast<double>(n)));
      }
      all.emplace_back(fmt::format("{}chance_n{}", kind.prefix, n),
                       estimate_mean(chances));
    }
    all.emplace_back(fmt::format("{}rate_ever", kind.prefix),
                     rate(logs, std::numeric_limits<double>::max(), o_.p));
    return all;
  }

  static Estimate rate(const std::vector<double>& logs, double n, double p) {
    std::vector<double> reached;
    for (const double log_pz : logs) {
      const double count = needed(log_pz, p);
      reached.push_back(std::isnan(count) ? count : count <= n);
    }
    return estimate_mean(reached);
  }

  const Options o_;
  std::vector<double> chances_;  // p, then also_p
};

[[maybe_unused]] const bool registered = Registry<Metric>::add<Discoverable>(
    {.name = "discoverable",
     .summary = "Share of suffixes that n samples give with chance p.",
     .paper = "arXiv:2410.19482",
     .options = defaults<Options>()});

}  // namespace
}  // namespace lethe
