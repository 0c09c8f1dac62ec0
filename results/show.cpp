#include "results/show.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <vector>

#include "harness/base/error.h"
#include "harness/base/files.h"
#include "harness/base/json.h"
#include "harness/base/log.h"
#include "harness/base/record.h"
#include "results/headline.h"
#include "results/leaderboard.h"
#include "results/table.h"
#include "results/text_wrap.h"

namespace lethe {
namespace {

constexpr size_t kIndent = 11;
constexpr size_t kMostReasons = 20;

std::string line(const std::string& name, const std::string& text) {
  return hanging("  " + name, kIndent, printable(text, 2000), kTextWidth);
}

// The string at `key`, or empty: run.json grows by addition and an old or
// stopped run may lack anything.
std::string text_at(const Json& object, const std::string& key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>()
                                                     : "";
}

// The suite's name, from its name alone or from the resolved suite.
std::string suite_name(const Json& run) {
  const auto suite = run.find("suite");
  return suite != run.end() && suite->is_object() ? text_at(*suite, "suite")
                                                  : text_at(run, "suite");
}

struct Cells {
  std::map<std::string, int64_t> by_status;
  std::vector<std::string> reasons;  // "npo: failed: out of memory"
  int64_t total = 0;
};

bool fine(const std::string& status) {
  return status == "ok" || status == "done" || status == "complete" ||
         status == "pending" || status == "running" || status == "unknown";
}

Cells cells_of(const Json& run) {
  Cells cells;
  const auto list = run.find("cells");
  if (list == run.end() || !list->is_array()) return cells;
  for (const Json& cell : *list) {
    if (!cell.is_object()) continue;
    std::string status = text_at(cell, "status");
    if (status.empty()) status = "unknown";
    ++cells.total;
    ++cells.by_status[status];
    if (fine(status)) continue;
    std::string name = text_at(cell, "label");
    if (name.empty()) name = text_at(cell, "cell");
    const std::string message = text_at(cell, "message");
    cells.reasons.push_back(name + ": " + status +
                            (message.empty() ? "" : ": " + message));
  }
  return cells;
}

std::string cells_text(const Json& run) {
  const Cells cells = cells_of(run);
  if (cells.total == 0) return "";
  std::string counts;
  for (const auto& [status, count] : cells.by_status) {
    counts += fmt::format("{}{} {}", counts.empty() ? "" : ", ", count, status);
  }
  std::string text = line("cells", fmt::format("{}: {}", cells.total, counts));
  for (size_t i = 0; i < cells.reasons.size() && i < kMostReasons; ++i) {
    text += line("", cells.reasons[i]);
  }
  if (cells.reasons.size() > kMostReasons) {
    text += line(
        "", fmt::format("and {} more", cells.reasons.size() - kMostReasons));
  }
  return text;
}

// "412 values in 9 rows and 14 columns; 3 missing".
std::string values_text(const Table& table, size_t records) {
  size_t missing = 0;
  for (const TableRow& row : table.rows) {
    missing += static_cast<size_t>(
        std::count_if(row.cells.begin(), row.cells.end(),
                      [](const TableCell& cell) { return cell.missing(); }));
  }
  std::string text = fmt::format("{}; {} models, {} measures", records,
                                 table.rows.size(), table.columns.size());
  if (missing > 0) text += fmt::format(", {} without a value", missing);
  return text;
}

std::string cost_text(const std::vector<Record>& records) {
  // Every record of one pass of a probe repeats its time and tokens.
  std::map<std::string, const Record*> passes;
  int64_t peak = 0, device_peak = 0;
  for (const Record& r : records) {
    peak = std::max(peak, r.peak_bytes);
    device_peak = std::max(device_peak, r.device_peak_bytes);
    if (r.metric == "cost") continue;
    passes.try_emplace(
        fmt::format("{}\x1F{}\x1F{}\x1F{}\x1F{}\x1F{}", r.run, r.cell, r.seed,
                    name_with_options(r.probe, r.probe_options), r.task,
                    r.split),
        &r);
  }
  double seconds = 0, tokens = 0;
  for (const auto& [key, r] : passes) {
    seconds += std::isfinite(r->seconds) ? r->seconds : 0;
    tokens += static_cast<double>(r->tokens);
  }
  std::string text =
      fmt::format("{} in probes, {} tokens, {} at most", human_seconds(seconds),
                  human_count(tokens), human_bytes(static_cast<double>(peak)));
  if (device_peak > 0) {
    text += fmt::format(", {} on the device",
                        human_bytes(static_cast<double>(device_peak)));
  }
  return text;
}

std::string versions_text(const Json& versions) {
  std::string text;
  if (!versions.is_object()) return text;
  for (const auto& [name, version] : versions.items()) {
    text +=
        (text.empty() ? "" : ", ") + name + " " +
        (version.is_string() ? version.get<std::string>() : canonical(version));
  }
  return text;
}

std::string files_text(const std::string& folder) {
  static const std::vector<std::pair<const char*, const char*>> kFiles = {
      {"run.json", "suite and cells"},     {"records.jsonl", "values"},
      {"leaderboard.md", "leaderboard"},   {"report.html", "report"},
      {"samples", "outputs of the model"}, {"curves", "training step by step"},
      {"models", "unlearned models"},      {"journal.jsonl", "journal"}};
  std::string text;
  for (const auto& [name, what] : kFiles) {
    const std::string path = (std::filesystem::path(folder) / name).string();
    if (!exists(path)) continue;
    text +=
        line(text.empty() ? "files" : "", fmt::format("{} ({})", path, what));
  }
  return text;
}

std::string flags_text(const RecordCounts& counts) {
  const std::string text = counts_text(counts);
  return text.empty() ? "nothing truncated, skipped or non-finite"
                      : "!! " + text;
}

}  // namespace

std::string show_run(const std::string& run_folder) {
  const std::vector<Record> records = read_records(run_folder);
  const std::string description = run_folder + "/run.json";
  const Json run =
      exists(description) ? read_json(description) : Json::object();
  if (!run.is_object()) {
    fail_input(description, "is no object", "restore the file of the run");
  }
  const Table table = make_table(records);
  std::string suite = suite_name(run);
  if (suite.empty() && !table.suites.empty()) suite = table.suites.front();
  const std::string hash = text_at(run, "suite_hash");
  const std::string status = text_at(run, "status");
  const bool finished = exists(run_folder + "/records.jsonl");

  std::string text = printable(run_folder) + "\n";
  if (!suite.empty()) {
    text += line("suite", suite + (hash.empty() ? "" : " (" + hash + ")"));
  }
  text +=
      line("status",
           status.empty() ? (finished ? "complete" : "not finished") : status);
  text += cells_text(run);
  text += line("records", values_text(table, records.size()));
  if (!records.empty()) {
    text += line("flags", flags_text(table.counts));
    text += line("cost", cost_text(records));
  }
  const std::string versions =
      versions_text(run.contains("versions") ? run["versions"]
                    : records.empty()        ? Json()
                                             : records.front().versions);
  if (!versions.empty()) text += line("versions", versions);
  text += files_text(run_folder);
  for (const auto& remark : table.remarks) text += line("note", remark);
  return text;
}

}  // namespace lethe
