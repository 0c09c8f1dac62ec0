// Model utility: what a model still knows, as TOFU sums it up: the harmonic
// mean of three measures on each of three sets (retain, real authors, world
// facts). One that is 0 makes it 0.
//
//   model_utility = k / sum_i 1 / mean_i, over k = 3 measures x the sets
//
// Paper: Maini et al. 2024, arXiv:2401.06121, section 2.2.1. Peer:
// open-unlearning @ d3d7cf9, scipy's hmean, the definition. Items have
// probability, rouge (ROUGE-L recall) and truth_ratio (max(0, 1 - ratio)), and
// the name of their set as `split`; the means are fields of their own. The
// interval resamples the items of each set.
#include <array>
#include <map>

#include "harness/base/bootstrap.h"
#include "harness/base/registry.h"
#include "harness/plugin/metric.h"

namespace lethe {
namespace {

const char* const kMeasures[] = {"probability", "rouge", "truth_ratio"};
constexpr double kRounding = 1e-6;

using Items = std::vector<std::array<double, 3>>;  // their three numbers

double harmonic_mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) {
    if (value == 0) return 0;
    sum += 1 / value;
  }
  return static_cast<double>(values.size()) / sum;
}

std::vector<double> means_of(const Items& items) {
  std::vector<double> means(3);
  for (const auto& item : items) {
    for (size_t m = 0; m < 3; ++m) means[m] += item[m];
  }
  for (double& mean : means) mean /= static_cast<double>(items.size());
  return means;
}

class ModelUtility final : public Metric {
 public:
  explicit ModelUtility(const Json& json) { reject_options(json); }

  MetricNeeds needs() const override {
    return {.numbers = {"probability", "rouge", "truth_ratio"}};
  }
  std::string main_field() const override { return "model_utility"; }

  Row item(const Observation& seen) const override {
    Row row;
    for (const char* measure : kMeasures) {
      const double value = seen.numbers.at(measure).front();
      if (value < 0 || value > 1 + kRounding) {
        fail_input(fmt::format("item \"{}\"", seen.id),
                   fmt::format("{} is {}", measure, value),
                   "it must be from 0 to 1; of a truth ratio max(0, 1 - it)");
      }
      row.emplace_back(measure, value);
    }
    return row;
  }

  Aggregate aggregate(const std::vector<Row>& rows,
                      const Observations& observations) const override {
    const auto n = static_cast<int64_t>(rows.size());
    if (n == 0) return {{"model_utility", no_estimate(0, "no items")}};
    std::map<std::string, Items> sets;
    for (size_t i = 0; i < rows.size(); ++i) {
      sets[observations[i].split].push_back(
          {rows[i][0].second, rows[i][1].second, rows[i][2].second});
    }
    Aggregate all = {{"model_utility", {}}};
    std::vector<double> means;
    std::string reason;
    for (const auto& [name, items] : sets) {
      for (size_t m = 0; m < 3; ++m) {
        std::vector<double> values;
        for (const auto& item : items) values.push_back(item[m]);
        const Estimate mean = estimate_mean(values);
        if (reason.empty()) reason = mean.reason;
        means.push_back(mean.value);
        all.emplace_back(
            (name.empty() ? "" : name + ".") + std::string(kMeasures[m]), mean);
      }
    }
    Estimate& utility = all.front().second;
    utility = no_estimate(n, reason);
    if (!reason.empty()) return all;
    utility.value = harmonic_mean(means);
    utility.note = fmt::format("of {} means", means.size());
    for (const auto& [name, items] : sets) {
      if (items.size() > 1) continue;
      // Its resamples are all itself.
      utility.note +=
          fmt::format("; no interval: set \"{}\" has one item", name);
      return all;
    }
    Draws draws(0);
    utility.ci95 = percentile_interval("bootstrap_stratified", [&] {
      std::vector<double> drawn;
      for (const auto& [name, items] : sets) {
        const std::vector<double> of_set = means_of(draws.of(items));
        drawn.insert(drawn.end(), of_set.begin(), of_set.end());
      }
      return harmonic_mean(drawn);
    });
    return all;
  }
};

[[maybe_unused]] const bool registered = Registry<Metric>::add<ModelUtility>(
    {.name = "model_utility",
     .summary = "Harmonic mean of TOFU's measures over its sets.",
     .paper = "arXiv:2401.06121"});

}  // namespace
}  // namespace lethe
