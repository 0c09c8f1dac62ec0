// What a reader of a report must know first: whether the run is whole, whether
// it passed its gates, which rows came out best and what is wrong with others.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "results/escape.h"
#include "results/headline.h"
#include "results/html_table.h"
#include "results/report_data.h"
#include "results/run_json.h"

namespace lethe {
namespace {

constexpr size_t kMostReasons = 20, kMostTies = 6;

std::string joined(const std::vector<std::string>& names, size_t most) {
  std::string text;
  for (size_t i = 0; i < std::min(names.size(), most); ++i) {
    text += (i == 0 ? "" : ", ") + names[i];
  }
  if (names.size() > most) {
    text += fmt::format(" and {} more", names.size() - most);
  }
  return text;
}

// "complete", "running: what is done so far", ...
std::string status_of(const ReportData& data) {
  const std::string status = text_at(data.run, "status");
  if (!data.finished) {
    return "not finished: the values are those so far; the same command goes "
           "on";
  }
  if (status == "failed") return "ended with failures";
  return status.empty() ? "complete" : status;
}

std::string facts_html(const ReportData& data) {
  const RunCells cells = run_cells(data.run);
  std::string html = "<dl class=\"facts\">\n";
  const auto fact = [&](const std::string& head, const std::string& text) {
    html += "<div><dt>" + html_escape(head) + "</dt><dd>" +
            html_escape(printable(text, 2000)) + "</dd></div>\n";
  };
  fact("status", status_of(data));
  if (cells.total > 0) {
    fact("cells", fmt::format("{}: {}", cells.total, cells.counts()));
  }
  fact("values",
       fmt::format("{}, of {} rows and {} measures", data.records.size(),
                   data.table.rows.size(), data.table.columns.size()));
  const std::string counts = counts_text(data.table.counts);
  if (!counts.empty()) fact("flags", counts);
  html += "</dl>\n";
  std::vector<std::string> reasons = cells.reasons;
  if (reasons.size() > kMostReasons) {
    const size_t more = reasons.size() - kMostReasons;
    reasons.resize(kMostReasons);
    reasons.push_back(fmt::format("and {} more", more));
  }
  return html + html_list(reasons);
}

// A number of gate.json, null as "-".
std::string number_of(const Json& value) {
  if (value.is_number()) return fmt::format("{:.4g}", value.get<double>());
  return value.is_string() ? html_escape(value.get<std::string>())
                           : "<span class=\"missing\">-</span>";
}

std::string interval_of(const Json& ci95) {
  if (!ci95.is_array() || ci95.size() != 2 || !ci95[0].is_number() ||
      !ci95[1].is_number()) {
    return "";
  }
  return fmt::format("<span class=\"interval\">{:.4g} to {:.4g}</span>",
                     ci95[0].get<double>(), ci95[1].get<double>());
}

// A sign and the word: never colour alone.
std::string verdict_html(const std::string& verdict) {
  const bool passed = verdict.rfind("pass", 0) == 0;
  const bool failed = verdict.rfind("fail", 0) == 0;
  return fmt::format("<span class=\"verdict {}\">{} {}</span>",
                     passed   ? "passed"
                     : failed ? "failed"
                              : "open",
                     passed   ? "✓"
                     : failed ? "✗"
                              : "?",
                     html_escape(verdict.empty() ? "no verdict" : verdict));
}

std::string gates_html(const Json& gates) {
  if (gates.is_null()) {
    return "<p>Gates: none were applied. <code>lethe report RUN --rules "
           "F</code> "
           "opens with a verdict.</p>\n";
  }
  HtmlTable table{
      "every rule of the gate",
      {"rule", "verdict", "metric", "value", "threshold", "n", "reason"},
      {}};
  const Json rules = value_at(gates, "rules");
  for (const Json& rule : rules.is_array() ? rules : Json::array()) {
    table.rows.push_back(
        {html_name(text_at(rule, "rule")),
         verdict_html(text_at(rule, "verdict")),
         html_name(text_at(rule, "metric")),
         number_of(value_at(rule, "value")) +
             interval_of(value_at(rule, "ci95")),
         number_of(value_at(rule, "threshold")), number_of(value_at(rule, "n")),
         "<span class=\"text\">" + html_escape(text_at(rule, "reason")) +
             "</span>"});
  }
  return "<p class=\"gate\">Gates: " + verdict_html(text_at(gates, "verdict")) +
         "</p>\n" + (table.rows.empty() ? "" : html_table(table));
}

bool judged(const TableRow& row) {
  return row.method != "none" && row.method != "retrain" &&
         row.transform.empty();
}

// How far a value is from what is wanted, the smaller the better; NaN: unknown.
double distance_from_wanted(const ReportData& data, size_t c,
                            const TableRow& row) {
  const TableColumn& column = data.table.columns[c];
  const double value = row.cells[c].value;
  if (column.want == "low") return value;
  if (column.want == "high") return -value;
  if (column.target.is_number()) {
    return std::abs(value - column.target.get<double>());
  }
  const std::string reference = data.reference_method();
  for (const TableRow& other : data.table.rows) {
    if (other.method == reference && other.transform.empty()) {
      return std::abs(value - other.cells[c].value);
    }
  }
  return PlotPoint::kNone;
}

bool overlap(const TableCell& a, const TableCell& b) {
  return a.low <= b.high && b.low <= a.high;
}

// "Forgetting: npo has the best greedy extraction EM, 0.02 [..]".
std::string best_line(const ReportData& data, ColumnGroup group) {
  const size_t c = leading_column(data.table, group);
  if (c == std::string::npos || data.table.columns[c].want.empty()) return "";
  const TableRow* best = nullptr;
  for (const TableRow& row : data.table.rows) {
    const double distance = distance_from_wanted(data, c, row);
    if (!judged(row) || !std::isfinite(distance)) continue;
    if (best == nullptr || distance < distance_from_wanted(data, c, *best)) {
      best = &row;
    }
  }
  if (best == nullptr) return "";
  std::vector<std::string> ties;
  for (const TableRow& row : data.table.rows) {
    if (judged(row) && &row != best && overlap(row.cells[c], best->cells[c])) {
      ties.push_back(row.name);
    }
  }
  const TableColumn& column = data.table.columns[c];
  std::string line = fmt::format(
      "{}: {} has the best {} {}: {}", group_title(group), best->name,
      column.title, column.arrow(), long_text(column, best->cells[c]));
  if (!ties.empty()) {
    line += "; the intervals overlap of " + joined(ties, kMostTies);
  }
  return line;
}

std::string nearest_line(const ReportData& data) {
  const TableRow* nearest = nullptr;
  for (const TableRow& row : data.table.rows) {
    if (!judged(row) || !std::isfinite(row.distance)) continue;
    if (nearest == nullptr || row.distance < nearest->distance) nearest = &row;
  }
  if (nearest == nullptr) return "";
  return fmt::format(
      "Nearest to a model that never saw the texts: {}, at a distance of {} "
      "over {} measures (0: as retrained, 1: as before unlearning)",
      nearest->name, distance_text(*nearest), nearest->distance_columns);
}

std::string best_html(const ReportData& data) {
  std::vector<std::string> lines;
  for (const std::string& line :
       {nearest_line(data), best_line(data, ColumnGroup::forgetting),
        best_line(data, ColumnGroup::attacks),
        best_line(data, ColumnGroup::utility)}) {
    if (!line.empty()) lines.push_back(line);
  }
  return lines.empty() ? "" : "<h3>Best rows</h3>\n" + html_list(lines);
}

std::string flags_html(const ReportData& data) {
  std::vector<std::string> lines;
  for (const TableRow& row : data.table.rows) {
    for (const RowFlag& flag : row.flags) {
      lines.push_back(row.name + ": " + flag.flag + ": " + flag.reason);
    }
  }
  const size_t count = lines.size();
  if (count == 0) return "";
  if (count > kMostReasons) {
    lines.resize(kMostReasons);
    lines.push_back(fmt::format("and {} more", count - kMostReasons));
  }
  return "<h3>Rows to distrust</h3>\n" + html_list(lines);
}

}  // namespace

std::string verdict_part(const ReportData& data) {
  return facts_html(data) + gates_html(data.gate) + best_html(data) +
         flags_html(data);
}

}  // namespace lethe
