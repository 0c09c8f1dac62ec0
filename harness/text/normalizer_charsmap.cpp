// sentencepiece's compiled character map: which short texts become which.
//
// The map is base64 of: the size of a double array in bytes (32 bits, little
// endian), the array's 32-bit units, and texts that each end with a zero byte.
// A unit (darts-clone): bit 8 says that a text ends here, bits 0-7 (and 31)
// are the byte that leads here, bits 10-30 the distance to the units that
// follow, times 256 with bit 9; behind an end stands a unit whose lower 31 bits
// are where its text starts.
#include <array>
#include <cstring>
#include <optional>
#include <vector>

#include "harness/text/grapheme.h"
#include "harness/text/normalizer.h"
#include "harness/text/utf8.h"

namespace lethe {
namespace {

// A grapheme of more bytes is looked up by its characters only, as in the peer.
constexpr size_t kLongestGrapheme = 5;

// A replacement of a character can be a phrase; none has more bytes than this.
constexpr size_t kMaxReplacement = 256;

std::optional<std::string> base64(std::string_view text) {
  const std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::array<int8_t, 256> values;
  values.fill(-1);
  for (size_t i = 0; i < digits.size(); ++i) {
    values[static_cast<uint8_t>(digits[i])] = static_cast<int8_t>(i);
  }
  while (!text.empty() && text.back() == '=') text.remove_suffix(1);
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3 + 3);
  uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const int value = values[static_cast<uint8_t>(c)];
    if (value < 0) return std::nullopt;
    bits = bits << 6 | static_cast<uint32_t>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes += static_cast<char>(bits >> count);
  }
  return bytes;
}

class Charsmap final : public Normalizer {
 public:
  Charsmap(const Json& json, const Place& place) : place_(place) {
    const auto bytes =
        base64(require_string(json, "precompiled_charsmap", place.where()));
    if (!bytes || bytes->size() < 4) fail("is no base64 of a map");
    uint32_t size = 0;
    std::memcpy(&size, bytes->data(), 4);
    if (size % 4 != 0 || size > bytes->size() - 4) {
      fail("has an array of " + std::to_string(size) + " bytes");
    }
    units_.resize(size / 4);
    if (size > 0) std::memcpy(units_.data(), bytes->data() + 4, size);
    texts_ = bytes->substr(4 + size);
    if (!valid_utf8(texts_)) fail("has replacements that are not UTF-8");
  }

  void normalize(Draft* draft) const override {
    const std::string_view text = draft->text;
    std::string out;
    out.reserve(text.size() + 16);
    for (size_t i = 0; i < text.size();) {
      const std::string_view grapheme =
          text.substr(i, grapheme_size(text.substr(i)));
      i += grapheme.size();
      if (grapheme.size() <= kLongestGrapheme && append(grapheme, &out)) {
        continue;
      }
      for (size_t k = 0; k < grapheme.size();) {
        const auto c =
            grapheme.substr(k, code_point_at(grapheme.data() + k).size);
        if (!append(c, &out)) out += c;
        k += c.size();
      }
    }
    check_growth(text.size(), out.size(), place_);
    draft->text = std::move(out);
    if (draft->origin > 0 && !draft->text.empty()) {
      draft->origin = code_point_at(draft->text.data()).size;
    }
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    fail_input(place_.where(), "precompiled_charsmap " + what,
               "save the tokenizer again");
  }

  // The unit at `index`. Every index is checked: the map may be hostile.
  uint32_t unit(size_t index) const {
    if (index >= units_.size()) fail("points out of its array");
    return units_[index];
  }

  static size_t offset(uint32_t unit) {
    return static_cast<size_t>(unit >> 10) << ((unit & 0x200) >> 6);
  }

  // Appends what replaces `key`; false if nothing does. As in the peer, that is
  // what replaces the shortest start of the key that the map has.
  bool append(std::string_view key, std::string* out) const {
    if (units_.empty()) return false;
    size_t node = offset(unit(0));
    for (const char c : key) {
      const auto byte = static_cast<uint8_t>(c);
      if (byte == 0) return false;
      node ^= byte;
      const uint32_t found = unit(node);
      if ((found & 0x800000FFu) != byte) return false;
      node ^= offset(found);
      if ((found & 0x100) == 0) continue;
      const size_t start = unit(node) & 0x7FFFFFFFu;
      if (start >= texts_.size()) return true;
      const size_t end = std::min(texts_.find('\0', start), texts_.size());
      const std::string_view text =
          std::string_view(texts_).substr(start, end - start);
      if (text.size() > kMaxReplacement || !valid_utf8(text)) {
        fail("has a malformed replacement");
      }
      *out += text;
      return true;
    }
    return false;
  }

  const Place place_;
  std::vector<uint32_t> units_;
  std::string texts_;
};

}  // namespace

std::unique_ptr<const Normalizer> make_charsmap(const Json& json,
                                                const Place& place) {
  return std::make_unique<Charsmap>(json, place);
}

}  // namespace lethe
