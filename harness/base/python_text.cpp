#include "harness/base/python_text.h"

#include <unicode/locid.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

namespace lethe::python {
namespace {

std::string utf8(const icu::UnicodeString& text) {
  std::string bytes;
  return text.toUTF8String(bytes);
}

// No white space needs two UTF-16 units.
int32_t end_without_space(const icu::UnicodeString& units) {
  int32_t end = units.length();
  while (end > 0 && is_space(units[end - 1])) --end;
  return end;
}

}  // namespace

std::string lower(const std::string& text) {
  return utf8(
      icu::UnicodeString::fromUTF8(text).toLower(icu::Locale::getRoot()));
}

std::string strip(const std::string& text) {
  const auto units = icu::UnicodeString::fromUTF8(text);
  const int32_t end = end_without_space(units);
  int32_t begin = 0;
  while (begin < end && is_space(units[begin])) ++begin;
  return utf8(units.tempSubStringBetween(begin, end));
}

std::string rstrip(const std::string& text) {
  const auto units = icu::UnicodeString::fromUTF8(text);
  return utf8(units.tempSubStringBetween(0, end_without_space(units)));
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  const auto size = static_cast<int32_t>(text.size());
  const auto add = [&](int32_t begin, int32_t end) {
    if (begin < end) parts.emplace_back(text, begin, end - begin);
  };
  int32_t begin = 0;
  for (int32_t next = 0; next < size;) {
    const int32_t at = next;
    UChar32 point = 0;
    U8_NEXT(text.data(), next, size, point);
    if (point < 0 || !is_space(static_cast<char32_t>(point))) continue;
    add(begin, at);
    begin = next;
  }
  add(begin, size);
  return parts;
}

std::string words(const std::string& text) {
  std::string all;
  const auto size = static_cast<int32_t>(text.size());
  bool inside = false;
  for (int32_t next = 0; next < size;) {
    const int32_t at = next;
    UChar32 point = 0;
    U8_NEXT(text.data(), next, size, point);
    const bool word = point >= 0 && is_word(static_cast<char32_t>(point));
    if (word && !inside && !all.empty()) all += ' ';
    if (word) all.append(text, at, next - at);
    inside = word;
  }
  return all;
}

bool is_punctuation(char c) {
  return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') ||
         (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
}

bool is_word(char32_t point) {
  const auto c = static_cast<UChar32>(point);
  return c == '_' || u_isalpha(c) ||
         u_getIntPropertyValue(c, UCHAR_NUMERIC_TYPE) != U_NT_NONE;
}

}  // namespace lethe::python
