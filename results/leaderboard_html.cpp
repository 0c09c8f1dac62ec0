// The HTML form of a leaderboard.
#include <fmt/core.h>

#include "results/escape.h"
#include "results/headline.h"
#include "results/heat_map.h"
#include "results/html_page.h"
#include "results/leaderboard.h"
#include "results/leaderboard_parts.h"
#include "results/leaderboard_script.h"
#include "results/leaderboard_table.h"
#include "results/scatter.h"
#include "results/side_table.h"

namespace lethe {
namespace {

// What is not complete, first of all.
std::string unfinished_html(const Table& table) {
  std::string html;
  for (const UnfinishedRun& run : table.unfinished) {
    html += "<p class=\"alert\">" + html_escape(run.run + " is " + run.state) +
            ": rows and values are missing.</p>\n";
  }
  return html;
}

std::string sides_html(const Table& table, bool foreign) {
  std::string html;
  for (const SideTable& side : side_tables(table)) {
    if (side.foreign == foreign) html += side_html(side);
  }
  return html;
}

}  // namespace

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
  html += "<ul class=\"notes\">\n";
  std::vector<std::string> lines = table.remarks;
  const std::string counts = counts_text(table.counts);
  if (!counts.empty()) lines.push_back(counts);
  for (const auto& line : legend_lines(table)) lines.push_back(line);
  for (const auto& line : lines) {
    html += "<li>" + html_escape(line) + "</li>\n";
  }
  return html + "</ul>\n";
}

std::string to_html(const Table& table, const std::vector<RocModel>& models) {
  std::string title = "Leaderboard";
  for (const auto& suite : table.suites) title += ": " + suite;
  std::string body =
      "<main>\n<h1>" + html_escape(title) + "</h1>\n<p class=\"quiet\">" +
      html_escape(provenance(table)) + "</p>\n" + unfinished_html(table);
  if (table.rows.empty()) {
    return html_page(title, body + "<p>No records.</p>\n</main>\n");
  }
  body += tools_html(table) + board_html(table) + scatter_figure(table) +
          sides_html(table, false) + heat_map(table) + groups_html(table, 2) +
          roc_section(models) + sides_html(table, true) + "<h2>Columns</h2>\n" +
          html_columns(table) + "<h2>Notes</h2>\n" + html_notes(table);
  return html_page(title, body + "</main>\n",
                   {leaderboard_style(), leaderboard_script()});
}

}  // namespace lethe
