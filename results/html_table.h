// Tables of safe HTML, as every page shows them.
#pragma once

#include <string>
#include <vector>

namespace lethe {

struct HtmlTable {
  std::string caption;             // plain text
  std::vector<std::string> heads;  // plain text
  // Safe HTML, the first cell of each the row's head; as many as the heads.
  std::vector<std::vector<std::string>> rows;
};

// The table in a region that scrolls sideways.
std::string html_table(const HtmlTable& table);

// A part of a page that opens when asked; `summary` is plain text, `content`
// safe HTML.
std::string html_fold(const std::string& summary, const std::string& content,
                      bool open = false);

// A name that may be broken behind the marks between its parts.
std::string html_name(const std::string& name);

// Plain text on lines of their own; empty without lines.
std::string html_list(const std::vector<std::string>& lines);

}  // namespace lethe
