#include "results/heat_map.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "results/distance.h"
#include "results/escape.h"
#include "results/headline.h"
#include "results/html_page.h"
#include "results/html_table.h"
#include "results/leaderboard_table.h"
#include "results/worst_attack.h"

namespace lethe {
namespace {

constexpr double kDarkest = 0.6;  // of the colour, so that text stays readable

using Chain = std::vector<std::string>;

// One attack under one chain of transforms.
struct Attack {
  size_t column;
  Chain chain;
};

bool is_attack(const TableColumn& column) {
  return column.group == ColumnGroup::attacks && !column.want.empty() &&
         column.probe.rfind("blind_", 0) != 0;
}

std::vector<Attack> attacks_of(const Table& table) {
  std::vector<Chain> chains;
  for (const TableRow& row : table.rows) {
    if (std::find(chains.begin(), chains.end(), row.transform) ==
        chains.end()) {
      chains.push_back(row.transform);
    }
  }
  std::vector<Attack> attacks;
  for (const Chain& chain : chains) {
    for (size_t c = 0; c < table.columns.size(); ++c) {
      const bool measured =
          is_attack(table.columns[c]) &&
          std::any_of(
              table.rows.begin(), table.rows.end(), [&](const TableRow& row) {
                return row.transform == chain && !row.cells[c].missing();
              });
      if (measured) attacks.push_back({c, chain});
    }
  }
  return attacks;
}

// In [0, 1]; NaN: no scale.
double heat(const Table& table, const TableRow& row, size_t column) {
  const TableColumn& c = table.columns[column];
  const TableCell& cell = row.cells[column];
  if (c.want == "low" && c.unit == "fraction") {
    return std::clamp(cell.value, 0.0, 1.0);
  }
  if (c.want != "near") return TableCell::kNone;
  double target = TableCell::kNone;
  if (c.target.is_number()) {
    target = c.target.get<double>();
  } else if (const TableRow* retrain = end_point(table, row, "retrain")) {
    target = retrain->cells[column].value;
  }
  return std::min(1.0, 2 * std::fabs(cell.value - target));
}

std::string heads_html(const Table& table, const std::vector<Attack>& attacks) {
  std::string html = "<tr><th class=\"corner\" scope=\"col\">model</th>";
  for (const Attack& attack : attacks) {
    const TableColumn& column = table.columns[attack.column];
    html += "<th scope=\"col\">" + title_html(column.title) + "&nbsp;" +
            column.arrow();
    std::string chain;
    for (const auto& step : attack.chain) {
      chain += (chain.empty() ? "after " : " + ") + step;
    }
    if (!chain.empty()) html += "<small>" + html_name(chain) + "</small>";
    html += "</th>";
  }
  return html + "</tr>\n";
}

std::string cell_of(const Table& table, const TableRow* row, size_t column) {
  if (row == nullptr || row->cells[column].missing()) {
    return "<td><span class=\"missing\">-</span></td>";
  }
  const TableCell& cell = row->cells[column];
  const double depth = heat(table, *row, column);
  const std::string style =
      std::isfinite(depth)
          ? fmt::format(" style=\"--heat: {:.2f}\"", depth * kDarkest)
          : "";
  return "<td" + style + sort_value(cell.value) + ">" +
         html_escape(short_text(table.columns[column], cell)) + "</td>";
}

// The row of each chain that is this model.
std::map<Chain, const TableRow*> forms_of(const Table& table,
                                          const TableRow& model) {
  std::map<Chain, const TableRow*> forms = {{model.transform, &model}};
  for (const TableRow& row : table.rows) {
    if (!row.transform.empty() && same_model(model, row)) {
      forms.emplace(row.transform, &row);
    }
  }
  return forms;
}

}  // namespace

std::string heat_map(const Table& table) {
  const std::vector<Attack> attacks = attacks_of(table);
  std::string body;
  size_t models = 0;
  for (const TableRow& row : table.rows) {
    if (!row.transform.empty()) continue;
    ++models;
    const auto forms = forms_of(table, row);
    body += "<tr" + row_attributes(row) + "><th scope=\"row\">" +
            html_name(row.name) + "</th>";
    for (const Attack& attack : attacks) {
      const auto form = forms.find(attack.chain);
      body += cell_of(table, form == forms.end() ? nullptr : form->second,
                      attack.column);
    }
    body += "</tr>\n";
  }
  if (attacks.empty() || models < 2) return "";
  const std::string caption =
      "What each attack reaches on each model: the darker, the more is left to "
      "find";
  return "<h2>Methods and attacks</h2>\n" +
         html_scroll(caption,
                     "<table class=\"sortable heat\">\n<caption><span>" +
                         caption + "</span></caption>\n<thead>\n" +
                         heads_html(table, attacks) + "</thead>\n<tbody>\n" +
                         body + "</tbody>\n</table>\n");
}

}  // namespace lethe
