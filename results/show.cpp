#include "results/show.h"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "harness/base/error.h"
#include "harness/base/files.h"
#include "harness/base/json.h"
#include "harness/base/record.h"
#include "results/costs.h"
#include "results/headline.h"
#include "results/leaderboard.h"
#include "results/run_json.h"
#include "results/table.h"
#include "results/text_wrap.h"

namespace lethe {
namespace {

constexpr size_t kIndent = 11;
constexpr size_t kMostReasons = 20;

std::string line(const std::string& name, const std::string& text) {
  return hanging("  " + name, kIndent, printable(text, 2000), kTextWidth);
}

std::string cells_text(const Json& run) {
  const RunCells cells = run_cells(run);
  if (cells.total == 0) return "";
  std::string text =
      line("cells", fmt::format("{}: {}", cells.total, cells.counts()));
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
  const Json run = read_run_json(run_folder);
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
    text += line("cost", costs_text(run_costs(records)));
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
