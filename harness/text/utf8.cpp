#include "harness/text/utf8.h"

#include <cstring>

namespace lethe {
namespace {

// The bytes of the sequence that starts a text: a whole code point if `valid`,
// else the longest part that a valid sequence could have started with.
struct Part {
  size_t size;
  bool valid;
};

Part first_part(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t lead = byte(0);
  if (lead < 0x80) return {1, true};
  if (lead < 0xC2 || lead > 0xF4) return {1, false};
  const size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  // The second byte's range excludes overlong forms, surrogates and values
  // above U+10FFFF (Unicode 16, table 3-7).
  const uint8_t lowest = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const uint8_t highest = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  for (size_t i = 1; i < size; ++i) {
    if (i >= text.size()) return {i, false};
    const uint8_t least = i == 1 ? lowest : 0x80;
    const uint8_t most = i == 1 ? highest : 0xBF;
    if (byte(i) < least || byte(i) > most) return {i, false};
  }
  return {size, true};
}

// The length of the longest valid prefix.
size_t valid_prefix(std::string_view text) {
  size_t i = 0;
  while (i < text.size()) {
    uint64_t eight = 0x80;  // not ASCII when fewer than eight bytes are left
    if (text.size() - i >= 8) std::memcpy(&eight, text.data() + i, 8);
    if ((eight & 0x8080808080808080u) == 0) {
      i += 8;
      continue;
    }
    const Part part = first_part(text.substr(i));
    if (!part.valid) return i;
    i += part.size;
  }
  return i;
}

}  // namespace

std::string utf8(char32_t value) {
  const auto low = [&](int shift) {
    return static_cast<char>(0x80 | (value >> shift & 0x3F));
  };
  if (value < 0x80) return {static_cast<char>(value)};
  if (value < 0x800) return {static_cast<char>(0xC0 | value >> 6), low(0)};
  if (value < 0x10000) {
    return {static_cast<char>(0xE0 | value >> 12), low(6), low(0)};
  }
  return {static_cast<char>(0xF0 | value >> 18), low(12), low(6), low(0)};
}

bool valid_utf8(std::string_view text) {
  return valid_prefix(text) == text.size();
}

std::string repaired_utf8(std::string_view text) {
  std::string repaired;
  while (!text.empty()) {
    const size_t valid = valid_prefix(text);
    repaired += text.substr(0, valid);
    text.remove_prefix(valid);
    if (text.empty()) break;
    repaired += "\xEF\xBF\xBD";
    text.remove_prefix(first_part(text).size);
  }
  return repaired;
}

}  // namespace lethe
