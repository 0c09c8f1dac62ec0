// Upper and lower case, and what can be printed: Unicode's tables are ICU's.
#include <fmt/core.h>
#include <unicode/casemap.h>
#include <unicode/locid.h>
#include <unicode/stringoptions.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include "harness/chat/python_text.h"
#include "harness/text/utf8.h"

namespace lethe::chat {
namespace {

std::string back(const icu::UnicodeString& text) {
  std::string bytes;
  return text.toUTF8String(bytes);
}

bool is_cased(char32_t c) {
  return u_hasBinaryProperty(static_cast<UChar32>(c), UCHAR_CASED);
}

// The title case of one character, which can be several ("Ss").
std::string title_of(char32_t c) {
  const icu::UnicodeString one(static_cast<UChar32>(c));
  UErrorCode status = U_ZERO_ERROR;
  char16_t buffer[16];
  const int32_t length = icu::CaseMap::toTitle(
      "", U_TITLECASE_WHOLE_STRING | U_TITLECASE_NO_BREAK_ADJUSTMENT, nullptr,
      one.getBuffer(), one.length(), buffer, 16, nullptr, status);
  if (U_FAILURE(status)) return utf8(c);
  return back(icu::UnicodeString(buffer, length));
}

bool is_printable(char32_t c) {
  if (c == ' ') return true;
  switch (u_charType(static_cast<UChar32>(c))) {
    case U_CONTROL_CHAR:
    case U_FORMAT_CHAR:
    case U_SURROGATE:
    case U_PRIVATE_USE_CHAR:
    case U_UNASSIGNED:
    case U_LINE_SEPARATOR:
    case U_PARAGRAPH_SEPARATOR:
    case U_SPACE_SEPARATOR:
      return false;
    default:
      return true;
  }
}

bool all_cased(const std::string& text, UProperty wanted, UProperty other) {
  bool found = false;
  for (const char32_t c : points(text)) {
    if (u_hasBinaryProperty(static_cast<UChar32>(c), other) ||
        u_charType(static_cast<UChar32>(c)) == U_TITLECASE_LETTER) {
      return false;
    }
    found |= u_hasBinaryProperty(static_cast<UChar32>(c), wanted);
  }
  return found;
}

}  // namespace

std::string upper(const std::string& text) {
  return back(
      icu::UnicodeString::fromUTF8(text).toUpper(icu::Locale::getRoot()));
}

std::string title(const std::string& text) {
  // Lower case of the whole text knows which sigma ends a word.
  std::string result;
  bool inside = false;
  std::string word;
  for (const char32_t c : points(text)) {
    const bool cased = is_cased(c);
    if (cased && inside) {
      word += utf8(c);
    } else {
      result += lower(word);
      word.clear();
      result += cased ? title_of(c) : utf8(c);
    }
    inside = cased;
  }
  return result + lower(word);
}

std::string capitalize(const std::string& text) {
  if (text.empty()) return text;
  const CodePoint first = code_point_at(text.data());
  // Lowered with what stands before it, for the final sigma.
  const std::string head = lower(utf8(first.value));
  const std::string all = lower(text);
  return title_of(first.value) + all.substr(std::min(head.size(), all.size()));
}

std::string swap_case(const std::string& text) {
  std::string result;
  for (const char32_t c : points(text)) {
    const std::string one = utf8(c);
    result += u_isupper(static_cast<UChar32>(c)) ? lower(one) : upper(one);
  }
  return result;
}

bool is_upper(const std::string& text) {
  return all_cased(text, UCHAR_UPPERCASE, UCHAR_LOWERCASE);
}

bool is_lower(const std::string& text) {
  return all_cased(text, UCHAR_LOWERCASE, UCHAR_UPPERCASE);
}

bool is_identifier(const std::string& text) {
  bool first = true;
  for (const char32_t c : points(text)) {
    const auto code = static_cast<UChar32>(c);
    const bool fits =
        first ? c == '_' || u_hasBinaryProperty(code, UCHAR_XID_START)
              : u_hasBinaryProperty(code, UCHAR_XID_CONTINUE);
    if (!fits) return false;
    first = false;
  }
  return !first;
}

std::string repr(const std::string& text) {
  const bool single = text.find('\'') != std::string::npos;
  const bool both = single && text.find('"') != std::string::npos;
  const char quote = single && !both ? '"' : '\'';
  std::string out(1, quote);
  for (const char32_t c : points(text)) {
    const auto code = static_cast<uint32_t>(c);
    if (c == static_cast<char32_t>(quote) || c == '\\') {
      out += std::string("\\") + static_cast<char>(c);
    } else if (c == '\n' || c == '\r' || c == '\t') {
      out += c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t";
    } else if (is_printable(c)) {
      out += utf8(c);
    } else if (c < 0x100) {
      out += fmt::format("\\x{:02x}", code);
    } else {
      out += c < 0x10000 ? fmt::format("\\u{:04x}", code)
                         : fmt::format("\\U{:08x}", code);
    }
  }
  return out + quote;
}

}  // namespace lethe::chat
