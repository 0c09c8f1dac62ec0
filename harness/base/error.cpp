#include "harness/base/error.h"

#include <cstdint>

namespace lethe {
namespace {

// The number of bytes of a valid UTF-8 sequence at `i`, 0 if none.
size_t utf8_length(const std::string& s, size_t i) {
  const auto byte = [&](size_t k) { return static_cast<uint8_t>(s[k]); };
  const uint8_t lead = byte(i);
  if (lead < 0x80) return 1;
  const size_t n = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || i + n > s.size()) return 0;
  for (size_t k = 1; k < n; ++k) {
    if ((byte(i + k) & 0xC0) != 0x80) return 0;
  }
  const uint8_t second = byte(i + 1);
  if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) ||
      (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F)) {
    return 0;
  }
  return n;
}

// U+0080..9F are terminal controls, U+200E/F, 2028..E, 2066..9 reorder or break
// text, U+200B, 2060 and FEFF are not seen, FFFE and FFFF are no characters (no
// XML holds them).
bool hostile(const std::string& s, size_t i, size_t n) {
  if (n == 1) return static_cast<uint8_t>(s[i]) < 0x20 || s[i] == 0x7F;
  const std::string c = s.substr(i, n);
  if (n == 2) return c[0] == '\xC2' && static_cast<uint8_t>(c[1]) < 0xA0;
  return (c >= "\xE2\x80\x8E" && c <= "\xE2\x80\x8F") ||
         (c >= "\xE2\x80\xA8" && c <= "\xE2\x80\xAE") ||
         (c >= "\xE2\x81\xA6" && c <= "\xE2\x81\xA9") || c == "\xE2\x80\x8B" ||
         c == "\xE2\x81\xA0" || c == "\xEF\xBB\xBF" || c == "\xEF\xBF\xBE" ||
         c == "\xEF\xBF\xBF";
}

}  // namespace

Error::Error(Fault fault, const std::string& message)
    : std::runtime_error(message), fault_(fault) {}

void fail(Fault fault, const std::string& where, const std::string& what,
          const std::string& cure) {
  throw Error(fault,
              printable(fmt::format("{}: {}: {}", where, what, cure), 4000));
}

void fail_usage(const std::string& where, const std::string& what,
                const std::string& cure) {
  fail(Fault::usage, where, what, cure);
}

void fail_input(const std::string& where, const std::string& what,
                const std::string& cure) {
  fail(Fault::input, where, what, cure);
}

void fail_runtime(const std::string& where, const std::string& what,
                  const std::string& cure) {
  fail(Fault::runtime, where, what, cure);
}

std::string printable(const std::string& text, size_t limit) {
  std::string shown;
  for (size_t i = 0; i < text.size();) {
    if (shown.size() >= limit) return shown + "...";
    const size_t n = utf8_length(text, i);
    if (n == 0) {
      shown += "\xEF\xBF\xBD";
    } else if (text[i] == '\n') {
      shown += "\\n";
    } else if (text[i] == '\t') {
      shown += ' ';
    } else if (hostile(text, i, n)) {
      shown += n == 1 ? fmt::format("\\x{:02x}", static_cast<int>(text[i]))
                      : std::string("\xEF\xBF\xBD");
    } else {
      shown.append(text, i, n);
    }
    i += n == 0 ? 1 : n;
  }
  return shown;
}

}  // namespace lethe
