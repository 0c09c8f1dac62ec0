#include "metrics/mteval_words.h"

#include <string_view>

#include "harness/base/python_text.h"

namespace lethe {
namespace {

// What counts is ASCII, so bytes can be compared without decoding.
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_no_digit(char c) { return !is_digit(c); }
bool is_hyphen(char c) { return c == '-'; }
bool is_point(char c) { return c == '.' || c == ','; }

bool stands_apart(char c) {
  return python::is_punctuation(c) && c != '\'' && !is_hyphen(c) &&
         !is_point(c);
}

void replace(std::string& text, std::string_view from, std::string_view to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos;) {
    text.replace(at, from.size(), to);
    at += to.size();
  }
}

// Two neighbours that get a blank between them, and around which more.
struct Rule {
  bool (*first)(char);
  bool (*second)(char);
  const char* before;
  const char* behind;
};

// One pass from left to right; a character belongs to one pair only.
std::string separated(const Rule& rule, const std::string& text) {
  std::string spaced;
  spaced.reserve(2 * text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const bool pair =
        i + 1 < text.size() && rule.first(text[i]) && rule.second(text[i + 1]);
    if (!pair) {
      spaced += text[i];
      continue;
    }
    spaced.append(rule.before).append(1, text[i]).append(1, ' ');
    spaced.append(1, text[++i]).append(rule.behind);
  }
  return spaced;
}

}  // namespace

std::vector<std::string> mteval_words(const std::string& text) {
  std::string line = python::rstrip(text);
  replace(line, "<skipped>", "");
  replace(line, "-\n", "");
  replace(line, "\n", " ");
  replace(line, "&quot;", "\"");
  replace(line, "&amp;", "&");
  replace(line, "&lt;", "<");
  replace(line, "&gt;", ">");
  std::string spaced = " ";
  for (const char c : line) {
    if (stands_apart(c)) {
      spaced.append(1, ' ').append(1, c).append(1, ' ');
    } else {
      spaced += c;
    }
  }
  spaced += ' ';
  constexpr Rule kRules[] = {{is_no_digit, is_point, "", " "},
                             {is_point, is_no_digit, " ", ""},
                             {is_digit, is_hyphen, "", " "}};
  for (const Rule& rule : kRules) spaced = separated(rule, spaced);
  return python::split(spaced);
}

}  // namespace lethe
