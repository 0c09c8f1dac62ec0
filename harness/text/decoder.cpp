#include "harness/text/decoder.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "harness/text/byte_level.h"
#include "harness/text/pattern.h"
#include "harness/text/utf8.h"

namespace lethe {
namespace {

class Sequence final : public Decoder {
 public:
  Sequence(const Json& json, const Place& place) : place_(place) {
    for_each_component(json, "decoders", place,
                       [&](const Json& part, const Place& inside) {
                         parts_.push_back(make_decoder(part, inside));
                         if (!parts_.back()) parts_.pop_back();
                       });
  }

  void decode(std::vector<std::string>* tokens) const override {
    const size_t before = bytes(*tokens);
    for (const auto& part : parts_) {
      part->decode(tokens);
      check_growth(before, bytes(*tokens), place_);
    }
  }

 private:
  static size_t bytes(const std::vector<std::string>& tokens) {
    size_t sum = 0;
    for (const auto& token : tokens) sum += token.size();
    return sum;
  }

  const Place place_;
  std::vector<std::unique_ptr<const Decoder>> parts_;
};

// Characters of the byte alphabet become bytes, and these a text. A token with
// any other character is itself.
class ByteLevel final : public Decoder {
 public:
  void decode(std::vector<std::string>* tokens) const override {
    std::string bytes;
    for (const auto& token : *tokens) {
      bytes += byte_alphabet().decode(token).value_or(token);
    }
    tokens->assign(1, valid_utf8(bytes) ? bytes : repaired_utf8(bytes));
  }
};

// Runs of byte tokens <0x00>..<0xFF> become the text of these bytes, or one
// U+FFFD a byte where they are no text.
class ByteFallback final : public Decoder {
 public:
  void decode(std::vector<std::string>* tokens) const override {
    std::vector<std::string> out;
    std::string run;
    for (auto& token : *tokens) {
      if (const auto byte = byte_of(token)) {
        run += static_cast<char>(*byte);
        continue;
      }
      flush(&run, &out);
      out.push_back(std::move(token));
    }
    flush(&run, &out);
    *tokens = std::move(out);
  }

 private:
  static int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  }

  // As Rust parses numbers, <0x+5> is a byte token too.
  static std::optional<uint8_t> byte_of(const std::string& token) {
    const bool framed =
        token.size() == 6 && token.rfind("<0x", 0) == 0 && token[5] == '>';
    if (!framed) return std::nullopt;
    const int high = token[3] == '+' ? 0 : hex_digit(token[3]);
    const int low = hex_digit(token[4]);
    if (high < 0 || low < 0) return std::nullopt;
    return static_cast<uint8_t>(16 * high + low);
  }

  static void flush(std::string* run, std::vector<std::string>* out) {
    if (run->empty()) return;
    if (valid_utf8(*run)) {
      out->push_back(*run);
    } else {
      out->insert(out->end(), run->size(), "\xEF\xBF\xBD");
    }
    run->clear();
  }
};

class Fuse final : public Decoder {
 public:
  void decode(std::vector<std::string>* tokens) const override {
    std::string all;
    for (const auto& token : *tokens) all += token;
    tokens->assign(1, std::move(all));
  }
};

class Replace final : public Decoder {
 public:
  Replace(const Json& json, const Place& place)
      : pattern_(json, place),
        content_(require_short_text(json, "content", place)) {
    pattern_.require_text(place);
  }

  void decode(std::vector<std::string>* tokens) const override {
    for (auto& token : *tokens) {
      token = pattern_.replaced(std::move(token), content_);
    }
  }

 private:
  const Pattern pattern_;
  const std::string content_;
};

// Takes up to `start` and `stop` copies of a character off a token's ends.
class Strip final : public Decoder {
 public:
  Strip(const Json& json, const Place& place)
      : content_(require_string(json, "content", place.where())),
        start_(require_count(json, "start", place)),
        stop_(require_count(json, "stop", place)) {
    const bool one = !content_.empty() &&
                     code_point_at(content_.data()).size == content_.size();
    if (!one) {
      fail_input(place.where(), "\"content\" is \"" + content_ + "\"",
                 "it must be one character");
    }
  }

  void decode(std::vector<std::string>* tokens) const override {
    for (auto& token : *tokens) {
      std::string_view left = token;
      for (int64_t i = 0; i < start_ && starts(left); ++i) {
        left.remove_prefix(content_.size());
      }
      for (int64_t i = 0; i < stop_ && ends(left); ++i) {
        left.remove_suffix(content_.size());
      }
      token = std::string(left);
    }
  }

 private:
  static int64_t require_count(const Json& json, const char* key,
                               const Place& place) {
    const int64_t count = require_int(json, key, place.where());
    if (count >= 0) return count;
    fail_input(place.where(), fmt::format("\"{}\" is {}", key, count),
               "it must be 0 or more");
  }

  bool starts(std::string_view text) const {
    return text.substr(0, content_.size()) == content_;
  }
  bool ends(std::string_view text) const {
    return text.size() >= content_.size() &&
           text.substr(text.size() - content_.size()) == content_;
  }

  const std::string content_;
  const int64_t start_;
  const int64_t stop_;
};

}  // namespace

std::unique_ptr<const Decoder> make_decoder(const Json& json,
                                            const Place& place) {
  if (json.is_null()) return nullptr;
  const std::string type = component_type(json, place);
  if (type == "Sequence") return std::make_unique<Sequence>(json, place);
  if (type == "ByteLevel") return std::make_unique<ByteLevel>();
  if (type == "ByteFallback") return std::make_unique<ByteFallback>();
  if (type == "Fuse") return std::make_unique<Fuse>();
  if (type == "Replace") return std::make_unique<Replace>(json, place);
  if (type == "Strip") return std::make_unique<Strip>(json, place);
  std::vector<std::string> names = {"Sequence", "ByteLevel", "ByteFallback",
                                    "Fuse",     "Replace",   "Strip"};
  if (auto decoder = make_word_decoder(type, json, place, &names)) {
    return decoder;
  }
  refuse_type(type, place, names);
}

}  // namespace lethe
