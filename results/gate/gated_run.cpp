#include "results/gate/gated_run.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "harness/base/files.h"
#include "results/chosen.h"
#include "results/gate/glob.h"

namespace lethe {
namespace {

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) {
    if (!part.empty()) text += (text.empty() ? "" : ".") + part;
  }
  return text;
}

std::string without_options(const std::string& name) {
  return name.substr(0, name.find(':'));
}

// run.json may lack anything; a status that nobody knows is no complete run.
std::string unfinished_reason(const std::string& folder) {
  const std::string path = folder + "/run.json";
  const Json run = exists(path) ? read_json(path) : Json::object();
  const Json status =
      run.is_object() ? run.value("status", Json()) : Json("damaged");
  if (status == "complete" || status == "failed") return "";
  if (status.is_null() && exists(folder + "/records.jsonl")) return "";
  return fmt::format(
      "the run is not finished (status {}): it goes on, or was stopped and "
      "the same lethe run command finishes it",
      status.is_string() ? printable(status.get<std::string>(), 40)
                         : "unknown");
}

std::string reason(const Record& r) {
  const std::string status = r.status == "ok" ? "no value" : r.status;
  return r.message.empty() ? status : status + ": " + r.message;
}

bool measures_same(const Record& r, const TableColumn& c) {
  return r.field == c.field && r.task == c.task && r.split == c.split &&
         r.profile == c.profile &&
         name_with_options(r.metric, r.metric_options) == c.metric &&
         name_with_options(r.probe, r.probe_options) == c.probe;
}

std::vector<std::string> column_keys(const Table& table,
                                     const std::vector<Record>& records) {
  std::vector<std::string> keys(table.columns.size());
  std::set<std::string> seen;
  for (const Record& r : records) {
    if (r.metric.empty() || !seen.insert(measure_key(r)).second) continue;
    for (size_t c = 0; c < keys.size(); ++c) {
      if (measures_same(r, table.columns[c])) keys[c] = measure_key(r);
    }
  }
  return keys;
}

size_t cells_that_failed(const std::vector<Record>& records, size_t& cells) {
  std::set<std::string> all, failed;
  for (const Record& r : records) {
    all.insert(r.cell);
    if (r.status == "failed") failed.insert(r.cell);
  }
  cells = all.size();
  return failed.size();
}

// The lowest share of items that a value rests on.
RunMeasure coverage(const std::vector<Record>& records) {
  RunMeasure measure;
  for (const Record& r : records) {
    const bool expected = !r.metric.empty() && r.n_expected > 0;
    if (!expected && r.status != "failed") continue;
    const double share =
        expected && r.status != "failed"
            ? static_cast<double>(r.n) / static_cast<double>(r.n_expected)
            : 0;
    ++measure.n;
    if (share >= measure.value) continue;
    measure.value = share;
    const std::string source = r.task.empty() ? r.probe : r.task;
    measure.reason = fmt::format(
        "the least is {}{}: {}", r.label, source.empty() ? "" : ", " + source,
        r.status == "failed"
            ? reason(r)
            : fmt::format("{} of {} items", r.n, r.n_expected));
  }
  if (measure.n == 0) measure.reason = "no record says how many items it wants";
  return measure;
}

}  // namespace

GatedRun::GatedRun(const std::string& folder)
    : folder_(folder), records_(read_records(folder)) {
  failed_cells_ = cells_that_failed(records_, cells_);
  remarks_ = keep_chosen(records_, folder, Rows::chosen);
  joined_ = join_rows(records_);
  table_ = make_table(records_);
  keys_ = column_keys(table_, records_);
  for (const JoinedRow& row : joined_.rows) {
    for (const Record* r : row.records) {
      places_[{&row, measure_key(*r), r->seed}] = r;
    }
  }
  unfinished_ = unfinished_reason(folder);
  for (const Record& r : records_) {
    if (r.status == "skipped") ++skipped_;
    if (!r.metric.empty()) ++values_;
  }
}

std::vector<size_t> GatedRun::measures(
    const std::vector<std::string>& patterns) const {
  std::vector<size_t> found;
  for (size_t c = 0; c < table_.columns.size(); ++c) {
    bool wanted = false, refused = false;
    for (const std::string& name : measure_names(table_.columns[c])) {
      for (const std::string& pattern : patterns) {
        const bool exclusion = pattern[0] == '!';
        if (!glob_matches(exclusion ? pattern.substr(1) : pattern, name)) {
          continue;
        }
        (exclusion ? refused : wanted) = true;
      }
    }
    if (wanted && !refused) found.push_back(c);
  }
  return found;
}

const Record* GatedRun::record(const JoinedRow& row, const std::string& key,
                               int64_t seed) const {
  const auto found = places_.find({&row, key, seed});
  return found == places_.end() ? nullptr : found->second;
}

std::string GatedRun::why_missing(const JoinedRow& row,
                                  const TableColumn& measure,
                                  int64_t seed) const {
  for (const Record* r : row.failures) {
    if (r->seed != seed) continue;
    const std::string probe = name_with_options(r->probe, r->probe_options);
    const bool whole_row = probe.empty() && r->task.empty();
    const bool same =
        r->task == measure.task &&
        (probe == measure.probe || r->probe == without_options(measure.probe));
    if (whole_row || same) return reason(*r);
  }
  return "not measured: no record of it";
}

std::vector<int64_t> GatedRun::seeds(const JoinedRow& row) {
  std::set<int64_t> all;
  for (const auto* list : {&row.records, &row.failures}) {
    for (const Record* r : *list) all.insert(r->seed);
  }
  return {all.begin(), all.end()};
}

const std::string& GatedRun::method(const JoinedRow& row) {
  return (row.records.empty() ? row.failures : row.records).front()->method;
}

RunMeasure GatedRun::run_measure(const std::string& name) const {
  const auto count = [](int64_t value, size_t of) {
    return RunMeasure{static_cast<double>(value), static_cast<int64_t>(of), ""};
  };
  if (name == "run.coverage") return coverage(records_);
  if (name == "run.failed_cells") {
    return count(static_cast<int64_t>(failed_cells_), cells_);
  }
  if (name == "run.skipped") {
    return count(static_cast<int64_t>(skipped_), records_.size());
  }
  const RecordCounts& counts = table_.counts;
  const int64_t value = name == "run.skipped_items"     ? counts.skipped
                        : name == "run.nonfinite_items" ? counts.nonfinite
                        : name == "run.truncated_items"
                            ? counts.truncated
                            : counts.boundary_mismatch;
  return count(value, values_);
}

std::vector<std::string> measure_names(const TableColumn& c) {
  const std::string source = c.task.empty() ? c.probe : c.task;
  std::vector<std::string> names = {c.key};
  const auto add = [&](const std::string& from, const std::string& metric) {
    const bool repeats = without_options(metric) == c.field;
    for (const std::string& split : {c.split, std::string()}) {
      names.push_back(joined({from, metric, c.field, split}));
      if (repeats) names.push_back(joined({from, metric, split}));
    }
  };
  add(source, c.metric);
  add(source, without_options(c.metric));
  add(without_options(source), c.metric);
  add(without_options(source), without_options(c.metric));
  std::sort(names.begin() + 1, names.end());
  names.erase(std::unique(names.begin() + 1, names.end()), names.end());
  return names;
}

std::string measure_title(const TableColumn& c) {
  const bool repeats = without_options(c.metric) == c.field;
  return joined({c.task.empty() ? c.probe : c.task, c.metric,
                 repeats ? "" : c.field, c.split, c.profile});
}

}  // namespace lethe
