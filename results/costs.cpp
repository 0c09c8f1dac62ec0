#include "results/costs.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "harness/base/log.h"

namespace lethe {

RunCosts run_costs(const std::vector<Record>& records) {
  RunCosts costs;
  std::set<std::string> seen;
  std::map<std::string, size_t> places;
  for (const Record& r : records) {
    costs.peak_bytes = std::max(costs.peak_bytes, r.peak_bytes);
    costs.device_peak_bytes =
        std::max(costs.device_peak_bytes, r.device_peak_bytes);
    const std::string name =
        r.task.empty() ? name_with_options(r.probe, r.probe_options) : r.task;
    if (r.metric == "cost" || name.empty()) continue;
    const bool fresh =
        seen.insert(fmt::format("{}\x1F{}\x1F{}\x1F{}\x1F{}", r.run, r.cell,
                                r.seed, name, r.split))
            .second;
    if (!fresh) continue;
    const auto place = places.try_emplace(name, costs.passes.size()).first;
    if (place->second == costs.passes.size()) costs.passes.push_back({name});
    PassCost& cost = costs.passes[place->second];
    const double seconds = std::isfinite(r.seconds) ? r.seconds : 0;
    ++cost.passes;
    cost.seconds += seconds;
    cost.tokens += r.tokens;
    costs.seconds += seconds;
    costs.tokens += r.tokens;
  }
  std::stable_sort(costs.passes.begin(), costs.passes.end(),
                   [](const PassCost& a, const PassCost& b) {
                     return a.seconds > b.seconds;
                   });
  return costs;
}

std::string costs_text(const RunCosts& costs) {
  std::string text = fmt::format(
      "{} in probes, {} tokens, {} at most", human_seconds(costs.seconds),
      human_count(static_cast<double>(costs.tokens)),
      human_bytes(static_cast<double>(costs.peak_bytes)));
  if (costs.device_peak_bytes > 0) {
    text +=
        fmt::format(", {} on the device",
                    human_bytes(static_cast<double>(costs.device_peak_bytes)));
  }
  return text;
}

}  // namespace lethe
