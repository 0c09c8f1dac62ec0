// The HTML form of a leaderboard.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "results/escape.h"
#include "results/headline.h"
#include "results/html_page.h"
#include "results/html_table.h"
#include "results/leaderboard.h"
#include "results/leaderboard_parts.h"
#include "results/scatter.h"
#include "results/titles.h"

namespace lethe {
namespace {

constexpr size_t kHeadlineColumns = 8;
constexpr size_t kDistance = std::string::npos;  // stands for that column

// Words such as ROUGE-L stay whole: a browser would break them at the hyphen.
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

// The columns of one table: indices, or kDistance.
using Selection = std::vector<size_t>;

enum class Detail { value, interval };

// The title over a column; the distance stands alone.
std::string group_at(const Table& table, size_t column) {
  return column == kDistance ? "" : group_title(table.columns[column].group);
}

Selection headline_selection(const Table& table) {
  Selection chosen = by_importance(table);
  if (chosen.size() > kHeadlineColumns) chosen.resize(kHeadlineColumns);
  std::sort(chosen.begin(), chosen.end());
  if (has_distances(table)) {
    const auto cost = std::find_if(chosen.begin(), chosen.end(), [&](size_t c) {
      return table.columns[c].group >= ColumnGroup::cost;
    });
    chosen.insert(cost, kDistance);
  }
  return chosen;
}

Selection group_selection(const Table& table, ColumnGroup group) {
  Selection chosen;
  for (size_t c = 0; c < table.columns.size(); ++c) {
    if (table.columns[c].group == group) chosen.push_back(c);
  }
  return chosen;
}

// "first" where a group begins: the style draws a line there.
std::string first_class(const Table& table, const Selection& columns,
                        size_t i) {
  return i > 0 && group_at(table, columns[i]) != group_at(table, columns[i - 1])
             ? "first"
             : "";
}

std::string class_attribute(const std::string& names) {
  return names.empty() ? "" : " class=\"" + names + "\"";
}

// The line of group names over their columns.
std::string group_heads(const Table& table, const Selection& columns) {
  std::string html = "<tr><td class=\"corner\"></td>";
  for (size_t i = 0; i < columns.size();) {
    const std::string group = group_at(table, columns[i]);
    size_t end = i;
    while (end < columns.size() && group_at(table, columns[end]) == group) {
      ++end;
    }
    html += group.empty() ? "<td class=\"first\"></td>"
                          : fmt::format(
                                "<th class=\"group\" scope=\"colgroup\" "
                                "colspan=\"{}\">{}</th>",
                                end - i, group);
    i = end;
  }
  return html + "</tr>\n";
}

std::string column_head(const Table& table, size_t column) {
  if (column == kDistance) return "distance to retrain";
  const TableColumn& c = table.columns[column];
  const std::string arrow = c.arrow();
  const std::string count =
      c.n == 0 || c.group == ColumnGroup::cost ? "" : fmt::format("n={}", c.n);
  std::string html = title_html(c.title);
  if (!arrow.empty()) html += "&nbsp;" + arrow;
  return count.empty() ? html : html + "<small>" + count + "</small>";
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
  const std::string more = long_text(column, cell).substr(value.size());
  if (more.empty()) return html;
  return html + "<span class=\"interval\">" + html_escape(more) + "</span>";
}

std::string row_html(const Table& table, const TableRow& row,
                     const Selection& columns, Detail detail) {
  const bool reference = row.method == "none" || row.method == "retrain";
  std::string html = "<tr" + class_attribute(reference ? "reference" : "") +
                     "><th scope=\"row\">" + html_name(row.name);
  for (const RowFlag& flag : row.flags) {
    html += "<br><small>" + html_escape(flag.flag) + "</small>";
  }
  html += "</th>";
  for (size_t i = 0; i < columns.size(); ++i) {
    html += "<td" + class_attribute(first_class(table, columns, i)) + ">";
    html += columns[i] == kDistance ? distance_text(row)
                                    : cell_html(table.columns[columns[i]],
                                                row.cells[columns[i]], detail);
    html += "</td>";
  }
  return html + "</tr>\n";
}

std::string body_html(const Table& table, const Selection& columns,
                      Detail detail) {
  std::string html = "<tbody>\n";
  bool transformed = false;
  for (const TableRow& row : table.rows) {
    if (!transformed && !row.transform.empty()) {
      transformed = true;
      html += fmt::format(
          "</tbody>\n<tbody>\n<tr><th scope=\"rowgroup\" colspan=\"{}\">After "
          "a "
          "transform</th></tr>\n",
          columns.size() + 1);
    }
    html += row_html(table, row, columns, detail);
  }
  return html + "</tbody>\n";
}

std::string table_html(const Table& table, const Selection& columns,
                       const std::string& caption, Detail detail) {
  std::string html = "<table>\n<caption><span>" + html_escape(caption) +
                     "</span></caption>\n<thead>\n";
  if (detail == Detail::value) html += group_heads(table, columns);
  html += "<tr><th class=\"corner\" scope=\"col\">model</th>";
  for (size_t i = 0; i < columns.size(); ++i) {
    html += "<th scope=\"col\"" +
            class_attribute(first_class(table, columns, i)) + ">" +
            column_head(table, columns[i]) + "</th>";
  }
  html +=
      "</tr>\n</thead>\n" + body_html(table, columns, detail) + "</table>\n";
  return html_scroll(caption, html);
}

}  // namespace

std::string html_headline(const Table& table) {
  return table_html(table, headline_selection(table),
                    "The most telling values of each question; every value "
                    "with its interval is below.",
                    Detail::value);
}

std::string html_groups(const Table& table, int heading) {
  std::string html;
  for (const ColumnGroup group : kColumnGroups) {
    const Selection columns = group_selection(table, group);
    if (columns.empty()) continue;
    html += fmt::format("<h{0}>{1}</h{0}>\n", heading, group_title(group));
    const std::string caption =
        group == ColumnGroup::cost
            ? "What unlearning and measuring took"
            : "Value, ± standard deviation over seeds where there are "
              "several, [95 % interval over items]";
    html += table_html(table, columns, caption, Detail::interval);
  }
  return html;
}

std::string html_columns(const Table& table) {
  std::string html = "<dl>\n";
  for (const TableColumn& column : table.columns) {
    html += "<dt>" + html_escape(column.title) + " " + column.arrow() +
            "</dt><dd>" + html_escape(column_description(column)) + "</dd>\n";
  }
  return html + "</dl>\n";
}

std::string html_notes(const Table& table) {
  std::string html;
  if (!table.notes.empty()) html += "<ol class=\"notes\">\n";
  for (size_t k = 0; k < table.notes.size(); ++k) {
    html += fmt::format("<li id=\"note-{}\">{}</li>\n", k + 1,
                        html_escape(table.notes[k]));
  }
  if (!table.notes.empty()) html += "</ol>\n";
  std::vector<std::string> lines = table.remarks;
  const std::string counts = counts_text(table.counts);
  if (!counts.empty()) lines.push_back(counts);
  for (const auto& line : legend_lines(table)) lines.push_back(line);
  return html + html_list(lines);
}

std::string to_html(const Table& table, const std::vector<RocModel>& models) {
  std::string title = "Leaderboard";
  for (const auto& suite : table.suites) title += ": " + suite;
  std::string body = "<main>\n<h1>" + html_escape(title) +
                     "</h1>\n<p class=\"quiet\">" +
                     html_escape(provenance(table)) + "</p>\n";
  body += table.rows.empty() ? "<p>No records.</p>\n"
                             : html_headline(table) + scatter_figure(table) +
                                   html_groups(table, 2) + roc_section(models) +
                                   "<h2>Columns</h2>\n" + html_columns(table) +
                                   "<h2>Notes</h2>\n" + html_notes(table);
  return html_page(title, body + "</main>\n");
}

}  // namespace lethe
