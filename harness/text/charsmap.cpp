#include "harness/text/charsmap.h"

#include <algorithm>
#include <cstring>

#include "harness/text/utf8.h"

namespace lethe {
namespace {

// A replacement of a character can be a phrase; none has more bytes than this.
constexpr size_t kMaxReplacement = 256;

size_t offset(uint32_t unit) {
  return static_cast<size_t>(unit >> 10) << ((unit & 0x200) >> 6);
}

}  // namespace

Charsmap::Charsmap(const std::string& bytes, const Place& place)
    : place_(place) {
  if (bytes.size() < 4) fail("is no map");
  uint32_t size = 0;
  std::memcpy(&size, bytes.data(), 4);
  if (size % 4 != 0 || size > bytes.size() - 4) {
    fail("has an array of " + std::to_string(size) + " bytes");
  }
  units_.resize(size / 4);
  if (size > 0) std::memcpy(units_.data(), bytes.data() + 4, size);
  texts_ = bytes.substr(4 + size);
  if (!valid_utf8(texts_)) fail("has replacements that are not UTF-8");
}

void Charsmap::fail(const std::string& what) const {
  fail_input(place_.where(), "precompiled_charsmap " + what,
             "save the tokenizer again");
}

// Every index is checked: the map may be hostile.
uint32_t Charsmap::unit(size_t index) const {
  if (index >= units_.size()) fail("points out of its array");
  return units_[index];
}

std::string_view Charsmap::replacement(size_t start) const {
  if (start >= texts_.size()) return {};
  const size_t end = std::min(texts_.find('\0', start), texts_.size());
  const auto text = std::string_view(texts_).substr(start, end - start);
  if (text.size() > kMaxReplacement || !valid_utf8(text)) {
    fail("has a malformed replacement");
  }
  return text;
}

std::optional<Charsmap::Match> Charsmap::find(std::string_view text,
                                              bool longest) const {
  std::optional<Match> match;
  if (units_.empty()) return match;
  size_t node = offset(unit(0));
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<uint8_t>(text[i]);
    if (byte == 0) break;
    node ^= byte;
    const uint32_t found = unit(node);
    if ((found & 0x800000FFu) != byte) break;
    node ^= offset(found);
    if ((found & 0x100) == 0) continue;
    match = {i + 1, replacement(unit(node) & 0x7FFFFFFFu)};
    if (!longest) break;
  }
  return match;
}

}  // namespace lethe
