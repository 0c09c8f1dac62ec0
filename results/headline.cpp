#include "results/headline.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "results/distance.h"
#include "results/standing.h"
#include "results/titles.h"

namespace lethe {
namespace {

std::string join(const std::vector<std::string>& parts,
                 const std::string& separator) {
  std::string text;
  for (const auto& part : parts) {
    if (part.empty()) continue;
    if (!text.empty()) text += separator;
    text += part;
  }
  return text;
}

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() &&
         text.compare(text.size() - end.size(), end.size(), end) == 0;
}

std::string kind_of(const TableColumn& column) {
  if (!column.task.empty()) return "task";
  for (const char* kind : {"_mia", "_extraction"}) {
    if (ends_with(source_of(column), kind)) return kind;
  }
  return "probe";
}

// The columns of a group: one of each kind, one of each further source, rest.
std::vector<size_t> ranked(const Table& table, ColumnGroup group) {
  std::array<std::vector<size_t>, 3> ranks;
  std::set<std::string> kinds, sources;
  for (size_t c = 0; c < table.columns.size(); ++c) {
    const TableColumn& column = table.columns[c];
    if (column.group != group) continue;
    size_t rank = 2;
    if (group == ColumnGroup::cost) {
      rank = column.unit == "seconds" || column.unit == "bytes" ? 0 : 1;
    } else if (kinds.insert(kind_of(column)).second) {
      sources.insert(source_of(column));
      rank = 0;
    } else if (sources.insert(source_of(column)).second) {
      rank = 1;
    }
    ranks[rank].push_back(c);
  }
  std::vector<size_t> all;
  for (const auto& rank : ranks)
    all.insert(all.end(), rank.begin(), rank.end());
  return all;
}

std::string interval_text(const TableColumn& column, const TableCell& cell) {
  if (!std::isfinite(cell.low) || !std::isfinite(cell.high)) return "";
  return fmt::format(" [{}, {}]",
                     value_text_like(cell.low, column.unit, cell.value),
                     value_text_like(cell.high, column.unit, cell.value));
}

std::string target_text(const TableColumn& column) {
  if (column.want != "near") return "";
  if (column.target.is_number()) {
    return "wanted near " + canonical(column.target);
  }
  return "wanted near the reference";
}

std::string seeds_text(const Table& table) {
  std::set<int64_t> seeds;
  for (const TableRow& row : table.rows) {
    seeds.insert(row.seeds.begin(), row.seeds.end());
  }
  if (seeds.empty()) return "";
  if (seeds.size() == 1) return fmt::format("seed {}", *seeds.begin());
  return fmt::format("{} seeds", seeds.size());
}

std::string unfinished_text(const Table& table) {
  std::string text;
  for (const UnfinishedRun& run : table.unfinished) {
    text += (text.empty() ? "" : ", ") + run.run + " is " + run.state;
  }
  return text;
}

// At most twenty by name.
std::string runs_text(const Table& table) {
  constexpr size_t kMost = 20;
  if (table.runs.empty()) return "";
  if (table.runs.size() == 1) return "run " + table.runs.front();
  std::vector<std::string> named = table.runs;
  named.resize(std::min(named.size(), kMost));
  std::string text = "runs " + join(named, ", ");
  if (table.runs.size() > kMost) {
    text += fmt::format(" and {} more", table.runs.size() - kMost);
  }
  return text;
}

bool any_cell(const Table& table, bool (*wanted)(const TableCell&)) {
  return std::any_of(
      table.rows.begin(), table.rows.end(), [&](const TableRow& row) {
        return std::any_of(row.cells.begin(), row.cells.end(), wanted);
      });
}

}  // namespace

std::vector<size_t> by_importance(const Table& table) {
  std::vector<std::vector<size_t>> groups;
  for (const ColumnGroup group :
       {ColumnGroup::attacks, ColumnGroup::utility, ColumnGroup::cost,
        ColumnGroup::forgetting, ColumnGroup::other}) {
    groups.push_back(ranked(table, group));
  }
  std::vector<size_t> order;
  for (size_t turn = 0; order.size() < table.columns.size(); ++turn) {
    for (const auto& group : groups) {
      if (turn < group.size()) order.push_back(group[turn]);
    }
  }
  return order;
}

size_t leading_column(const Table& table, ColumnGroup group) {
  const auto columns = ranked(table, group);
  return columns.empty() ? std::string::npos : columns.front();
}

bool has_distances(const Table& table) {
  return std::any_of(
      table.rows.begin(), table.rows.end(),
      [](const TableRow& row) { return std::isfinite(row.distance); });
}

std::string short_text(const TableColumn& column, const TableCell& cell) {
  return value_text(cell.value, column.unit);
}

std::string long_text(const TableColumn& column, const TableCell& cell) {
  std::string text = short_text(column, cell);
  if (cell.missing()) return text;
  if (std::isfinite(cell.sd)) {
    text += " ± " + value_text_like(cell.sd, column.unit, cell.value);
  }
  text += interval_text(column, cell);
  if (column.n == 0 && cell.n > 0) text += fmt::format(" n={}", cell.n);
  return text;
}

std::string distance_text(const TableRow& row) {
  if (!std::isfinite(row.distance)) return "n/a";
  return row.distance < 1000 ? fmt::format("{:.2f}", row.distance)
                             : value_text(row.distance, "");
}

std::string note_mark(size_t number) {
  static constexpr std::array<const char*, 10> kDigits = {
      "⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  std::string mark;
  for (const char digit : std::to_string(number)) {
    mark += kDigits[static_cast<size_t>(digit - '0')];
  }
  return mark;
}

std::string note_marks(const TableCell& cell) {
  std::vector<std::string> marks;
  for (const size_t number : cell.notes) marks.push_back(note_mark(number));
  return join(marks, "·");
}

std::string column_description(const TableColumn& column) {
  std::string what = column.metric == column.field
                         ? column.field
                         : column.metric + "." + column.field;
  const std::string& source = column.task.empty() ? column.probe : column.task;
  if (!source.empty()) what += " of " + source;
  if (!column.split.empty()) what += " on " + column.split;
  if (!column.profile.empty()) what += " (profile " + column.profile + ")";
  return join(
      {what, column.unit, column.n > 0 ? fmt::format("n={}", column.n) : "",
       column.ci_method.empty() ? "" : column.ci_method + " interval",
       target_text(column),
       std::isfinite(column.chance)
           ? fmt::format("a guess gives {:.3g}", column.chance)
           : "",
       column.rank_tests.empty() ? "" : "ranked by " + column.rank_tests},
      "; ");
}

std::string counts_text(const RecordCounts& counts) {
  if (counts.truncated + counts.boundary_mismatch + counts.nonfinite +
          counts.skipped ==
      0) {
    return "";
  }
  return fmt::format(
      "items: {} truncated, {} with a boundary mismatch, {} non-finite, {} "
      "skipped",
      counts.truncated, counts.boundary_mismatch, counts.nonfinite,
      counts.skipped);
}

std::string provenance(const Table& table) {
  return join(
      {join(table.suites, ", "), runs_text(table), join(table.devices, ", "),
       seeds_text(table), unfinished_text(table)},
      "; ");
}

std::vector<std::string> legend_lines(const Table& table) {
  std::vector<std::string> lines;
  if (!table.columns.empty()) {
    lines.push_back(
        "↓ lower is better, ↑ higher is better, ≈ nearer the reference is "
        "better, as the suite declares it for that split");
  }
  if (any_cell(table, [](const TableCell& c) { return c.seeds > 1; })) {
    lines.push_back(
        "cells read: value ± standard deviation over seeds [95 % interval "
        "over items, its bounds averaged over the seeds]");
  } else if (any_cell(table, [](const TableCell& c) {
               return std::isfinite(c.low);
             })) {
    lines.push_back("cells read: value [95 % interval over items]");
  }
  for (const std::string& line : standing_legend(table)) lines.push_back(line);
  lines.push_back(has_distances(table)
                      ? distance_note()
                      : "distance to retrain: n/a, it needs a none row and a "
                        "retrain row with values that differ");
  return lines;
}

}  // namespace lethe
