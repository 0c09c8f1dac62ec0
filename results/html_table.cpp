#include "results/html_table.h"

#include "results/escape.h"
#include "results/html_page.h"

namespace lethe {

std::string html_table(const HtmlTable& table) {
  std::string text = "<table><caption><span>" + html_escape(table.caption) +
                     "</span></caption>\n<thead><tr>";
  for (size_t i = 0; i < table.heads.size(); ++i) {
    text += std::string("<th scope=\"col\"") +
            (i == 0 ? " class=\"corner\">" : ">") +
            html_escape(table.heads[i]) + "</th>";
  }
  text += "</tr></thead>\n<tbody>\n";
  for (const std::vector<std::string>& row : table.rows) {
    text += "<tr><th scope=\"row\">" + row.front() + "</th>";
    for (size_t i = 1; i < row.size(); ++i) text += "<td>" + row[i] + "</td>";
    text += "</tr>\n";
  }
  return html_scroll(table.caption, text + "</tbody></table>\n");
}

std::string html_fold(const std::string& summary, const std::string& content,
                      bool open) {
  return std::string("<details") + (open ? " open" : "") + "><summary>" +
         html_escape(summary) + "</summary>\n" + content + "</details>\n";
}

std::string html_name(const std::string& name) {
  std::string html, part;
  for (const char c : name) {
    part += c;
    if (std::string(",:=/_").find(c) == std::string::npos) continue;
    html += html_escape(part) + "<wbr>";
    part.clear();
  }
  return html + html_escape(part);
}

std::string html_list(const std::vector<std::string>& lines) {
  if (lines.empty()) return "";
  std::string html = "<ul class=\"notes\">\n";
  for (const std::string& line : lines) {
    html += "<li>" + html_escape(line) + "</li>\n";
  }
  return html + "</ul>\n";
}

}  // namespace lethe
