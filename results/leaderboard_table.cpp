#include "results/leaderboard_table.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "results/escape.h"
#include "results/headline.h"
#include "results/html_page.h"
#include "results/html_table.h"
#include "results/row_ranks.h"
#include "results/standing.h"
#include "results/titles.h"

namespace lethe {
namespace {

constexpr size_t kHeadlineColumns = 8;

enum class Kind { value, distance, place };

// A column of a table: of the leaderboard, or one of its own.
struct Shown {
  Kind kind = Kind::value;
  size_t column = 0;
  bool hidden = false;  // without a script
};
using Selection = std::vector<Shown>;

enum class Detail { value, interval };

// The title over a column; distance and rank stand alone.
std::string group_at(const Table& table, const Shown& shown) {
  return shown.kind == Kind::value
             ? group_title(table.columns[shown.column].group)
             : "";
}

// All columns, the most telling ones shown; distance before cost, rank last.
Selection board_selection(const Table& table) {
  std::vector<size_t> telling = by_importance(table);
  telling.resize(std::min(telling.size(), kHeadlineColumns));
  const std::set<size_t> shown(telling.begin(), telling.end());
  Selection all;
  bool distance = has_distances(table);
  for (size_t c = 0; c < table.columns.size(); ++c) {
    if (distance && table.columns[c].group >= ColumnGroup::cost) {
      all.push_back({Kind::distance});
      distance = false;
    }
    all.push_back({Kind::value, c, shown.count(c) == 0});
  }
  if (distance) all.push_back({Kind::distance});
  if (has_places(table)) all.push_back({Kind::place});
  return all;
}

Selection group_selection(const Table& table, ColumnGroup group) {
  Selection chosen;
  for (size_t c = 0; c < table.columns.size(); ++c) {
    if (table.columns[c].group == group) chosen.push_back({Kind::value, c});
  }
  return chosen;
}

std::string hidden_attribute(const Shown& shown) {
  return shown.hidden ? " hidden" : "";
}

// A number for each run of columns with one group, for a script.
std::vector<size_t> group_numbers(const Table& table,
                                  const Selection& columns) {
  std::vector<size_t> numbers;
  size_t number = 0;
  for (size_t i = 0; i < columns.size(); ++i) {
    const bool begins = i == 0 || group_at(table, columns[i]) !=
                                      group_at(table, columns[i - 1]);
    if (begins) ++number;
    numbers.push_back(number);
  }
  return numbers;
}

// The line of group names over their columns.
std::string group_heads(const Table& table, const Selection& columns) {
  const std::vector<size_t> numbers = group_numbers(table, columns);
  std::string html = "<tr><td class=\"corner\" data-group=\"0\"></td>";
  for (size_t i = 0; i < columns.size();) {
    size_t end = i, span = 0;
    while (end < columns.size() && numbers[end] == numbers[i]) {
      span += columns[end++].hidden ? 0 : 1;
    }
    const std::string group = group_at(table, columns[i]);
    const std::string attributes =
        fmt::format(" data-group=\"{}\" colspan=\"{}\"{}", numbers[i],
                    std::max<size_t>(span, 1), span == 0 ? " hidden" : "");
    html += group.empty() ? "<td class=\"first\"" + attributes + "></td>"
                          : "<th class=\"group\" scope=\"colgroup\"" +
                                attributes + ">" + group + "</th>";
    i = end;
  }
  return html + "</tr>\n";
}

std::string column_head(const Table& table, const Shown& shown) {
  if (shown.kind == Kind::distance) return "distance to retrain";
  if (shown.kind == Kind::place) return "rank";
  const TableColumn& c = table.columns[shown.column];
  const std::string arrow = c.arrow();
  const std::string count =
      c.n == 0 || c.group == ColumnGroup::cost ? "" : fmt::format("n={}", c.n);
  std::string html = title_html(c.title);
  if (!arrow.empty()) html += "&nbsp;" + arrow;
  return count.empty() ? html : html + "<small>" + count + "</small>";
}

// Better values first when a head is used to sort.
std::string first_order(const Table& table, const Shown& shown) {
  const bool high =
      shown.kind == Kind::value && table.columns[shown.column].want == "high";
  return high ? " data-first=\"descending\"" : "";
}

std::string note_links(const TableCell& cell) {
  std::string html;
  for (const size_t number : cell.notes) {
    html += fmt::format("<sup><a href=\"#note-{0}\">{0}</a></sup>", number);
  }
  return html;
}

std::string cell_html(const TableColumn& column, const TableCell& cell,
                      Detail detail) {
  const std::string value = short_text(column, cell);
  const std::string notes = note_links(cell);
  if (cell.missing()) {
    return "<span class=\"missing\">" + value + "</span>" + notes;
  }
  std::string html = html_escape(value) + notes;
  if (detail == Detail::value) return html;
  const std::string more = ranked_text(column, cell).substr(value.size());
  if (more.empty()) return html;
  return html + "<span class=\"interval\">" + html_escape(more) + "</span>";
}

std::string shown_html(const Table& table, const TableRow& row,
                       const Shown& shown, Detail detail) {
  if (shown.kind == Kind::distance) {
    return sort_value(row.distance) + ">" + distance_text(row);
  }
  if (shown.kind == Kind::place) {
    const double place = row.place.ranked()
                             ? static_cast<double>(row.place.best)
                             : TableCell::kNone;
    return sort_value(place) + ">" + place_text(row);
  }
  const TableCell& cell = row.cells[shown.column];
  return sort_value(cell.value) + ">" +
         cell_html(table.columns[shown.column], cell, detail);
}

std::string row_html(const Table& table, const TableRow& row,
                     const Selection& columns, Detail detail) {
  std::string html =
      "<tr" + row_attributes(row) + "><th scope=\"row\">" + html_name(row.name);
  for (const RowFlag& flag : row.flags) {
    html += "<br><small>" + html_escape(flag.flag) + "</small>";
  }
  html += "</th>";
  const std::vector<size_t> groups = group_numbers(table, columns);
  for (size_t i = 0; i < columns.size(); ++i) {
    const bool first = i > 0 && groups[i] != groups[i - 1];
    html += std::string("<td") + (first ? " class=\"first\"" : "") +
            hidden_attribute(columns[i]) +
            shown_html(table, row, columns[i], detail) + "</td>";
  }
  return html + "</tr>\n";
}

std::string body_html(const Table& table, const Selection& columns,
                      Detail detail) {
  const auto visible =
      std::count_if(columns.begin(), columns.end(),
                    [](const Shown& shown) { return !shown.hidden; });
  std::string html = "<tbody>\n";
  bool transformed = false;
  for (const TableRow& row : table.rows) {
    if (!transformed && !row.transform.empty()) {
      transformed = true;
      html += fmt::format(
          "</tbody>\n<tbody>\n<tr><th scope=\"rowgroup\" colspan=\"{}\">After "
          "a transform</th></tr>\n",
          visible + 1);
    }
    html += row_html(table, row, columns, detail);
  }
  return html + "</tbody>\n";
}

struct Frame {
  std::string id, caption;
  Detail detail = Detail::value;
};

std::string table_html(const Table& table, const Selection& columns,
                       const Frame& frame) {
  std::string html = "<table class=\"sortable\"" +
                     (frame.id.empty() ? "" : " id=\"" + frame.id + "\"") +
                     ">\n<caption><span>" + html_escape(frame.caption) +
                     "</span></caption>\n<thead>\n";
  if (frame.detail == Detail::value) html += group_heads(table, columns);
  html += "<tr><th class=\"corner\" scope=\"col\" data-group=\"0\">model</th>";
  const std::vector<size_t> groups = group_numbers(table, columns);
  for (size_t i = 0; i < columns.size(); ++i) {
    const bool first = i > 0 && groups[i] != groups[i - 1];
    html += fmt::format("<th scope=\"col\" data-group=\"{}\"", groups[i]) +
            (first ? " class=\"first\"" : "") + hidden_attribute(columns[i]) +
            first_order(table, columns[i]) + ">" +
            column_head(table, columns[i]) + "</th>";
  }
  html += "</tr>\n</thead>\n" + body_html(table, columns, frame.detail) +
          "</table>\n";
  return html_scroll(frame.caption, html);
}

std::string column_boxes(const Table& table) {
  const Selection columns = board_selection(table);
  std::string html;
  for (size_t i = 0; i < columns.size(); ++i) {
    const Shown& shown = columns[i];
    const std::string title =
        shown.kind == Kind::value      ? table.columns[shown.column].title
        : shown.kind == Kind::distance ? "distance to retrain"
                                       : "rank";
    html += fmt::format(
        "<label><input type=\"checkbox\" data-column=\"{}\"{}>{}</label>\n",
        i + 1, shown.hidden ? "" : " checked", html_escape(title));
  }
  return html;
}

// Whether a column holds words rather than numbers.
bool is_prose(const SideTable& side, size_t column) {
  return side.heads[column] == "reached by";
}

}  // namespace

std::string title_html(const std::string& title) {
  std::string html;
  for (size_t begin = 0; begin < title.size();) {
    const size_t end = std::min(title.find(' ', begin), title.size());
    const std::string word = title.substr(begin, end - begin);
    const bool hyphen = word.find('-') != std::string::npos;
    html += (begin == 0 ? "" : " ");
    html += hyphen ? "<span class=\"whole\">" + html_escape(word) + "</span>"
                   : html_escape(word);
    begin = end + 1;
  }
  return html;
}

std::string sort_value(double value) {
  return std::isfinite(value) ? " data-v=\"" + canonical(Json(value)) + "\""
                              : "";
}

std::string row_attributes(const TableRow& row) {
  std::string text = row.name;
  for (const RowFlag& flag : row.flags) text += " " + flag.flag;
  // End points stay in sight when the front is filtered.
  const bool stays = is_end_point(row) || row.front == Front::on;
  return std::string(is_end_point(row) ? " class=\"reference\"" : "") +
         " data-row=\"" + html_escape(text) + "\" data-block=\"" +
         (row.transform.empty() ? "before" : "after") + "\"" +
         (stays ? " data-front" : "");
}

std::string board_html(const Table& table) {
  return table_html(table, board_selection(table),
                    {"board",
                     "The most telling values of each question; every value "
                     "with its interval is below.",
                     Detail::value});
}

std::string tools_html(const Table& table) {
  const bool transformed = !table.rows.back().transform.empty();
  std::string html =
      "<form class=\"tools\" id=\"tools\" hidden>\n"
      "<label>Filter <input type=\"search\" id=\"filter-text\" "
      "placeholder=\"words of a name\"></label>\n";
  if (!table.front_columns.empty()) {
    html +=
        "<label><input type=\"checkbox\" id=\"filter-front\">only the Pareto "
        "front</label>\n";
  }
  if (transformed) {
    html +=
        "<label>Rows <select id=\"filter-block\"><option value=\"\">all"
        "</option><option value=\"before\">before transforms</option>"
        "<option value=\"after\">after a transform</option></select>"
        "</label>\n";
  }
  return html +
         "<span id=\"filter-count\" role=\"status\" class=\"quiet\"></span>\n"
         "<details><summary>Columns of the first table</summary>\n"
         "<fieldset><legend>Shown</legend>\n" +
         column_boxes(table) +
         "</fieldset>\n<button type=\"button\" id=\"all-columns\">Show all"
         "</button></details>\n</form>\n";
}

std::string groups_html(const Table& table, int heading) {
  std::string html;
  for (const ColumnGroup group : kColumnGroups) {
    const Selection columns = group_selection(table, group);
    if (columns.empty()) continue;
    html += fmt::format("<h{0}>{1}</h{0}>\n", heading, group_title(group));
    const std::string caption =
        group == ColumnGroup::cost
            ? "What unlearning and measuring took"
            : "Value, ± standard deviation over seeds where there are "
              "several, [95 % interval over items], #places that it may hold";
    html += table_html(table, columns, {"", caption, Detail::interval});
  }
  return html;
}

std::string side_html(const SideTable& side) {
  std::string html = "<table>\n<caption><span>" +
                     html_escape(side.about.empty() ? "Models before transforms"
                                                    : side.about) +
                     "</span></caption>\n<thead>\n<tr>";
  for (size_t h = 0; h < side.heads.size(); ++h) {
    html += std::string("<th scope=\"col\"") +
            (h == 0 ? " class=\"corner\">" : ">") + title_html(side.heads[h]) +
            "</th>";
  }
  html += "</tr>\n</thead>\n<tbody>\n";
  for (const auto& row : side.rows) {
    html += "<tr><th scope=\"row\">" + html_name(row.front()) + "</th>";
    for (size_t c = 1; c < row.size(); ++c) {
      html += std::string("<td") +
              (is_prose(side, c) ? " class=\"text\">" : ">") +
              html_escape(row[c]) + "</td>";
    }
    html += "</tr>\n";
  }
  html = "<h2>" + html_escape(side.title) + "</h2>\n" +
         html_scroll(side.title, html + "</tbody>\n</table>\n");
  for (const std::string& note : side.notes) {
    html += "<p class=\"quiet\">" + html_escape(note) + "</p>\n";
  }
  return side.foreign ? "<section class=\"foreign\">\n" + html + "</section>\n"
                      : html;
}

}  // namespace lethe
