#include "results/escape.h"

#include <fmt/core.h>

#include <cctype>
#include <cstdint>
#include <map>

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

// The UTF-8 sequence at `begin` of valid text.
std::string first_letter(const std::string& text, size_t begin) {
  const auto lead = static_cast<unsigned char>(text[begin]);
  const size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  return text.substr(begin, size);
}

std::string latex_ascii(char c) {
  switch (c) {
    case '\\':
      return "\\textbackslash{}";
    case '~':
      return "\\textasciitilde{}";
    case '^':
      return "\\textasciicircum{}";
    case '<':
      return "\\textless{}";
    case '>':
      return "\\textgreater{}";
    case '|':
      return "\\textbar{}";
    case '"':
      return "\\char34{}";  // babel may give the plain sign a meaning
    case '[':               // behind the end of a row it would begin an option
      return "{[}";
    case '`':  // "``" and "?`" would become other signs
      return "\\char96{}";
    case '\'':
      return "\\char39{}";
    default:
      break;
  }
  const bool special = std::string("&%$#_{}").find(c) != std::string::npos;
  return (special ? "\\" : "") + std::string(1, c);
}

// Signs of our own tables, and letters that every engine knows as UTF-8:
// U+00C0 to U+017F.
std::string latex_letter(const std::string& letter) {
  static const std::map<std::string, const char*> kSigns = {
      {"±", "$\\pm$"},        {"↓", "$\\downarrow$"}, {"↑", "$\\uparrow$"},
      {"≈", "$\\approx$"},    {"●", "$\\bullet$"},    {"○", "$\\circ$"},
      {"→", "$\\rightarrow$"}};
  const auto sign = kSigns.find(letter);
  if (sign != kSigns.end()) return sign->second;
  const auto byte = [&](size_t i) {
    return static_cast<unsigned char>(letter[i]);
  };
  uint32_t code = byte(0) & (0xFFu >> (letter.size() + 1));
  for (size_t i = 1; i < letter.size(); ++i) {
    code = (code << 6) | (byte(i) & 0x3Fu);
  }
  const bool accented =
      code >= 0xC0 && code <= 0x17F && code != 0xD7 && code != 0xF7;
  return accented ? letter : fmt::format("{{[}}U+{:04X}]", code);
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

std::string latex_escape(const std::string& text) {
  std::string safe;
  const std::string line = one_line(text);
  for (size_t i = 0; i < line.size();) {
    const std::string letter = first_letter(line, i);
    i += letter.size();
    safe += letter.size() == 1 ? latex_ascii(letter[0]) : latex_letter(letter);
    if (letter == "-" && line[i] == '-') safe += "{}";  // or it becomes a dash
  }
  return safe;
}

}  // namespace lethe
