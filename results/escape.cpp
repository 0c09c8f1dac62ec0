#include "results/escape.h"

#include <cctype>

#include "harness/base/error.h"

namespace lethe {
namespace {

std::string one_line(const std::string& text) {
  return printable(text, std::string::npos);
}

// An underscore inside a word ("arc_easy") is no emphasis and stays readable.
bool inside_word(const std::string& text, size_t i) {
  return i > 0 && i + 1 < text.size() &&
         std::isalnum(static_cast<unsigned char>(text[i - 1])) &&
         std::isalnum(static_cast<unsigned char>(text[i + 1]));
}

bool starts_formula(const std::string& text) {
  const size_t first = text.find_first_not_of(' ');
  return first != std::string::npos &&
         std::string("=+-@").find(text[first]) != std::string::npos;
}

}  // namespace

std::string html_escape(const std::string& text) {
  std::string safe;
  for (const char c : one_line(text)) {
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      case '\'':
        safe += "&#39;";
        break;
      default:
        safe += c;
    }
  }
  return safe;
}

std::string xml_escape(const std::string& text) {
  std::string safe = html_escape(text);
  for (const char* illegal : {"\xEF\xBF\xBE", "\xEF\xBF\xBF"}) {
    for (size_t at = 0; (at = safe.find(illegal, at)) != std::string::npos;) {
      safe.replace(at, 3, "\xEF\xBF\xBD");
    }
  }
  return safe;
}

std::string csv_cell(const std::string& text) {
  std::string cell = one_line(text);
  if (starts_formula(cell)) cell = '\'' + cell;
  const bool plain =
      cell.find_first_of(",\"\r\n") == std::string::npos &&
      (cell.empty() || (cell.front() != ' ' && cell.back() != ' '));
  if (plain) return cell;
  std::string quoted = "\"";
  for (const char c : cell) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

std::string markdown_cell(const std::string& text) {
  static const std::string kMarkup = "\\|`*[]~$#!";
  const std::string line = one_line(text);
  std::string safe;
  for (size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '<') {
      safe += "&lt;";
    } else if (c == '>') {
      safe += "&gt;";
    } else if (c == '&') {
      safe += "&amp;";
    } else {
      const bool markup = kMarkup.find(c) != std::string::npos ||
                          (c == '_' && !inside_word(line, i));
      if (markup) safe += '\\';
      safe += c;
    }
  }
  return safe;
}

}  // namespace lethe
