// Python's "unicode-escape", as jinja2 applies it to string literals.
#include "harness/base/error.h"
#include "harness/chat/lexer.h"
#include "harness/chat/python_text.h"
#include "harness/text/utf8.h"

namespace lethe::chat {
namespace {

// encode("ascii", "backslashreplace").
std::string ascii(const std::string& raw) {
  std::string out;
  for (const char32_t c : points(raw)) {
    const auto code = static_cast<uint32_t>(c);
    if (c < 0x80) {
      out += static_cast<char>(c);
    } else if (c < 0x100) {
      out += fmt::format("\\x{:02x}", code);
    } else {
      out += c < 0x10000 ? fmt::format("\\u{:04x}", code)
                         : fmt::format("\\U{:08x}", code);
    }
  }
  return out;
}

// The number written in `count` digits of `base` at `at`.
char32_t digits(const std::string& text, size_t at, size_t count, int base,
                Meter& meter) {
  const std::string shown = text.substr(at, count);
  size_t used = 0;
  unsigned long value = 0;
  if (!shown.empty() && isxdigit(shown[0])) {
    value = std::stoul(shown, &used, base);
  }
  if (used != count || value > 0x10FFFF ||
      (value >= 0xD800 && value <= 0xDFFF)) {
    meter.fail("the escape of \"" + shown + "\" in a string is malformed",
               "write a whole character");
  }
  return static_cast<char32_t>(value);
}

}  // namespace

std::string unescape(const std::string& raw, Meter& meter) {
  if (raw.find('\\') == std::string::npos) return raw;
  const std::string text = ascii(raw);
  static const std::string kNamed = "\\'\"abfnrtv";
  static const std::string kValues = "\\'\"\a\b\f\n\r\t\v";
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out += text[i];
      continue;
    }
    const char c = ++i < text.size() ? text[i] : '\0';
    const size_t named = c ? kNamed.find(c) : std::string::npos;
    if (named != std::string::npos) {
      out += kValues[named];
    } else if (c == '\n') {
      continue;  // a line goes on
    } else if (c >= '0' && c <= '7') {
      size_t count = 1;
      while (count < 3 && i + count < text.size() && text[i + count] >= '0' &&
             text[i + count] <= '7') {
        ++count;
      }
      out += utf8(digits(text, i, count, 8, meter));
      i += count - 1;
    } else if (c == 'x' || c == 'u' || c == 'U') {
      const size_t count = c == 'x' ? 2 : c == 'u' ? 4 : 8;
      out += utf8(digits(text, i + 1, count, 16, meter));
      i += count;
    } else if (c == 'N') {
      meter.fail("\\N{...} in a string is not supported", "write \\u");
    } else {
      out += std::string("\\") + c;
    }
  }
  return out;
}

}  // namespace lethe::chat
