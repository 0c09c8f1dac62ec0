#include "harness/text/grapheme.h"

#include <unicode/uchar.h>

#include "harness/text/characters.h"
#include "harness/text/unicode.h"
#include "harness/text/utf8.h"

namespace lethe {
namespace {

constexpr char32_t kJoiner = 0x200D;

bool control(char32_t c) {
  const int kind = u_getIntPropertyValue(static_cast<UChar32>(c),
                                         UCHAR_GRAPHEME_CLUSTER_BREAK);
  return kind == U_GCB_CONTROL || kind == U_GCB_CR || kind == U_GCB_LF;
}

bool pictographic(char32_t c) {
  return u_hasBinaryProperty(static_cast<UChar32>(c),
                             UCHAR_EXTENDED_PICTOGRAPHIC);
}

// Whether Hangul letters stay together (GB6 to GB8).
bool joins_hangul(int a, int b) {
  if (a == U_GCB_L) {
    return b == U_GCB_L || b == U_GCB_V || b == U_GCB_LV || b == U_GCB_LVT;
  }
  if (a == U_GCB_LV || a == U_GCB_V) return b == U_GCB_V || b == U_GCB_T;
  return (a == U_GCB_LVT || a == U_GCB_T) && b == U_GCB_T;
}

}  // namespace

size_t grapheme_size(std::string_view text) {
  CodePoint last = code_point_at(text.data());
  size_t size = last.size;
  if (text.substr(0, 2) == "\r\n") return 2;
  const uint8_t* const traits = unicode_traits();
  const auto kind = [](char32_t c) {
    return u_getIntPropertyValue(static_cast<UChar32>(c),
                                 UCHAR_GRAPHEME_CLUSTER_BREAK);
  };
  bool picture = false;  // a pictograph and extenders lead up to here
  bool flag_open = false;
  if (last.value >= 0x80) {
    picture = pictographic(last.value);
    flag_open = kind(last.value) == U_GCB_REGIONAL_INDICATOR;
  }
  const bool first_control = last.value < 0x20 || control(last.value);
  while (!first_control && size < text.size()) {
    const CodePoint c = code_point_at(text.data() + size);
    if (c.value < 0x80 && last.value < 0x80) break;
    const bool extender = (traits[c.value] & kExtender) != 0;
    const int before = kind(last.value);
    const bool joined =
        extender || (before == U_GCB_PREPEND && !control(c.value)) ||
        (last.value == kJoiner && picture && pictographic(c.value)) ||
        (flag_open && kind(c.value) == U_GCB_REGIONAL_INDICATOR) ||
        joins_hangul(before, kind(c.value));
    if (!joined) break;
    if (!extender) {
      picture = pictographic(c.value);
      flag_open = false;
    }
    flag_open = flag_open && !extender;
    size += c.size;
    last = c;
  }
  return size;
}

}  // namespace lethe
