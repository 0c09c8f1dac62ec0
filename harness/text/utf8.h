// UTF-8: reading code points, and repairing text that is not UTF-8.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace lethe {

struct CodePoint {
  char32_t value;
  uint32_t size;  // its bytes, 1 to 4
};

// The code point that starts at `p`. REQUIRES: valid UTF-8.
inline CodePoint code_point_at(const char* p) {
  const auto byte = [&](int i) { return static_cast<uint8_t>(p[i]); };
  const auto low = [&](int i) { return static_cast<char32_t>(byte(i) & 0x3F); };
  const char32_t lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  if (lead < 0xE0) return {(lead & 0x1F) << 6 | low(1), 2};
  if (lead < 0xF0) return {(lead & 0x0F) << 12 | low(1) << 6 | low(2), 3};
  return {(lead & 0x07) << 18 | low(1) << 12 | low(2) << 6 | low(3), 4};
}

// The code point that ends before `p`. REQUIRES: valid UTF-8 before `p`.
inline CodePoint code_point_before(const char* p) {
  const char* start = p - 1;
  while ((static_cast<uint8_t>(*start) & 0xC0) == 0x80) --start;
  return code_point_at(start);
}

// `value` as UTF-8. REQUIRES: at most 0x10FFFF.
std::string utf8(char32_t value);

bool valid_utf8(std::string_view text);

// `text` with every maximal invalid part replaced by one U+FFFD, as Python's
// decode(errors="replace") and Rust's from_utf8_lossy do.
std::string repaired_utf8(std::string_view text);

}  // namespace lethe
