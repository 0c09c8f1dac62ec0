// sentencepiece's compiled character map as a normalizer, in base64: each
// grapheme of a few bytes is looked up, then each character.
#include <array>
#include <optional>

#include "harness/text/charsmap.h"
#include "harness/text/grapheme.h"
#include "harness/text/normalizer.h"
#include "harness/text/utf8.h"

namespace lethe {
namespace {

// A grapheme of more bytes is looked up by its characters only, as in the peer.
constexpr size_t kLongestGrapheme = 5;

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

// The map's bytes.
std::string decoded(const Json& json, const Place& place) {
  const auto bytes =
      base64(require_string(json, "precompiled_charsmap", place.where()));
  if (bytes) return *bytes;
  fail_input(place.where(), "precompiled_charsmap is no base64",
             "save the tokenizer again");
}

class Precompiled final : public Normalizer {
 public:
  Precompiled(const Json& json, const Place& place)
      : place_(place), map_(decoded(json, place), place) {}

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
  // Appends what replaces `key`; false if nothing does. As in the peer, that is
  // what replaces the shortest start of the key that the map has.
  bool append(std::string_view key, std::string* out) const {
    const auto match = map_.shortest(key);
    if (match) *out += match->text;
    return match.has_value();
  }

  const Place place_;
  const Charsmap map_;
};

}  // namespace

std::unique_ptr<const Normalizer> make_charsmap(const Json& json,
                                                const Place& place) {
  return std::make_unique<Precompiled>(json, place);
}

}  // namespace lethe
