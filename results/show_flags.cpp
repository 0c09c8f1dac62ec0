#include "results/show_flags.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "harness/base/files.h"
#include "harness/base/json.h"
#include "results/run_json.h"
#include "results/text_wrap.h"

namespace lethe {
namespace {

constexpr size_t kWidth = 100;
constexpr size_t kWidestColumn = 34;

std::string row_name(const Record& r) {
  std::string name = fmt::format("{} (seed {})", r.label, r.seed);
  for (const Json& step : r.transform) {
    name += " + " + (step.is_string() ? step.get<std::string>() : step.dump());
  }
  return name;
}

std::string measured_name(const Record& r) {
  if (!r.task.empty()) return r.task;
  if (r.probe.empty()) return "the model";
  const std::string probe = name_with_options(r.probe, r.probe_options);
  return r.split.empty() ? probe : probe + " on " + r.split;
}

class Collector {
 public:
  void add(const Record& r) {
    if (!r.cell.empty()) rows_.emplace(r.cell, row_name(r));
    const CountedFlag base{row_name(r), measured_name(r), "",
                           0,           r.n_expected,     ""};
    const std::pair<const char*, int64_t> counts[] = {
        {"truncated", r.counts.truncated},
        {"boundary_mismatch", r.counts.boundary_mismatch},
        {"nonfinite", r.counts.nonfinite},
        {"skipped", r.counts.skipped}};
    for (const auto& [name, count] : counts) {
      if (count == 0) continue;
      CountedFlag flag = base;
      flag.flag = name;
      flag.items = count;
      // Non-finite items are counted by each metric, the rest by the probe.
      if (flag.flag == "nonfinite") flag.text = r.metric;
      put(flag);
    }
    const std::string metric = r.metric.empty() ? "" : r.metric_name();
    const auto put_text = [&](const std::string& name,
                              const std::string& text) {
      CountedFlag flag = base;
      flag.flag = name;
      flag.of = 0;
      flag.text = (metric.empty() ? "" : metric + ": ") + text;
      put(flag);
    };
    if (!r.finite()) {
      put_text("no value",
               (r.status == "ok" ? "" : r.status + ": ") + r.message);
    } else if (r.n < r.n_expected) {
      put_text("fewer items", fmt::format("{} of {}", r.n, r.n_expected));
    } else if (!r.message.empty()) {
      put_text("note", r.message);
    }
  }

  // unchanged, duplicate: of the row's model.
  void add_cells(const Json& run) {
    for (const Json& cell : value_at(run, "cells")) {
      const Json flags = value_at(cell, "flags");
      if (!flags.is_array()) continue;
      for (const Json& flag : flags) {
        put({cell_row(cell), "the model",
             flag.is_string() ? flag.get<std::string>() : flag.dump(), 0, 0,
             "its weights are those of another row or of the start"});
      }
    }
  }

  std::vector<CountedFlag> flags() { return std::move(flags_); }

 private:
  void put(const CountedFlag& flag) {
    const std::string key =
        canonical(Json{flag.row, flag.measured, flag.flag, flag.text});
    if (seen_.emplace(key, flags_.size()).second) flags_.push_back(flag);
  }

  // Rows of several seeds have one label.
  std::string cell_row(const Json& cell) const {
    const auto found = rows_.find(text_at(cell, "cell"));
    return found == rows_.end() ? text_at(cell, "label") : found->second;
  }

  std::map<std::string, std::string> rows_;  // names by cell
  std::map<std::string, size_t> seen_;
  std::vector<CountedFlag> flags_;
};

std::string what(const CountedFlag& flag) {
  std::string text = flag.flag;
  if (flag.items > 0) {
    text = fmt::format("{} of {} {}", flag.items, flag.of, flag.flag);
  }
  return flag.text.empty() ? text : text + ": " + flag.text;
}

}  // namespace

std::vector<CountedFlag> counted_flags(const std::string& run_folder) {
  Collector collector;
  for (const Record& r : read_records(run_folder)) collector.add(r);
  const std::string description = run_folder + "/run.json";
  if (exists(description)) collector.add_cells(read_json(description));
  return collector.flags();
}

std::string flags_text(const std::vector<CountedFlag>& flags) {
  if (flags.empty()) return "nothing truncated, skipped, missing or flagged\n";
  size_t row = 3, measured = 8;
  for (const CountedFlag& flag : flags) {
    row = std::max(row, display_width(printable(flag.row)));
    measured = std::max(measured, display_width(printable(flag.measured)));
  }
  row = std::min(row, kWidestColumn);
  measured = std::min(measured, kWidestColumn);
  std::string text = fmt::format("{:<{}}  {:<{}}  counted\n", "row", row,
                                 "measured", measured);
  for (const CountedFlag& flag : flags) {
    const auto rows = wrap_text(printable(flag.row), row);
    const auto probes = wrap_text(printable(flag.measured), measured);
    const auto lines =
        wrap_text(printable(what(flag), 2000), kWidth - row - measured - 4);
    const size_t height = std::max({rows.size(), probes.size(), lines.size()});
    for (size_t i = 0; i < height; ++i) {
      const auto at = [&](const std::vector<std::string>& all) {
        return i < all.size() ? all[i] : std::string();
      };
      std::string line = pad_right(at(rows), row) + "  " +
                         pad_right(at(probes), measured) + "  " + at(lines);
      line.erase(line.find_last_not_of(' ') + 1);
      text += line + "\n";
    }
  }
  return text;
}

OrderedJson flags_json(const std::vector<CountedFlag>& flags) {
  OrderedJson all = OrderedJson::array();
  for (const CountedFlag& flag : flags) {
    all.push_back({{"row", flag.row},
                   {"measured", flag.measured},
                   {"flag", flag.flag},
                   {"items", flag.items},
                   {"of", flag.of},
                   {"text", flag.text}});
  }
  return {{"flags", all}};
}

}  // namespace lethe
