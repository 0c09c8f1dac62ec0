#include "results/report_measures.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>

namespace lethe {

std::string Measure::name() const {
  return fmt::format("{} of {} on {}", record->metric_name(),
                     name_with_options(record->probe, record->probe_options),
                     record->split);
}

bool same_question(const Record& a, const Record& b) {
  return a.probe == b.probe && a.probe_options == b.probe_options &&
         a.split == b.split;
}

bool same_metric(const Record& a, const Record& b) {
  return a.probe == b.probe && a.probe_options == b.probe_options &&
         a.metric == b.metric && a.metric_options == b.metric_options &&
         a.field == b.field;
}

const Record* record_of(const ReportCell& cell, const Record& like) {
  for (const Record* r : cell.records) {
    if (same_metric(*r, like) && r->split == like.split) return r;
  }
  return nullptr;
}

std::vector<Measure> measures_of(
    const ReportData& data, const std::function<bool(const Record&)>& wanted) {
  std::vector<Measure> all;
  std::map<std::string, size_t> places;
  for (const ReportCell& cell : data.cells) {
    for (const Record* r : cell.records) {
      if (!wanted(*r)) continue;
      const std::string key = fmt::format(
          "{}\x1F{}\x1F{}\x1F{}", name_with_options(r->probe, r->probe_options),
          r->split, name_with_options(r->metric, r->metric_options), r->field);
      const auto place = places.try_emplace(key, all.size()).first;
      if (place->second == all.size()) all.push_back({r, {}});
      all[place->second].cells.push_back(&cell);
    }
  }
  std::stable_partition(all.begin(), all.end(), [](const Measure& m) {
    return m.record->role == "forget";
  });
  return all;
}

}  // namespace lethe
