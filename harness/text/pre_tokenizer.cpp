#include "harness/text/pre_tokenizer.h"

#include <utility>

#include "harness/text/byte_level.h"
#include "harness/text/word_split.h"

namespace lethe {
namespace {

class ByteLevel final : public PreTokenizer {
 public:
  ByteLevel(const Json& json, const Place& place, bool leave_bytes)
      : add_prefix_space_(require_flag(json, "add_prefix_space", place)),
        use_regex_(flag_or(json, "use_regex", true, place)),
        leave_bytes_(leave_bytes) {}

  void split(Pieces* pieces) const override {
    if (add_prefix_space_) add_spaces(pieces);
    if (use_regex_) {
      pieces->next.clear();
      for (const auto piece : pieces->views) gpt2_split(piece, &pieces->next);
      pieces->views.swap(pieces->next);
    }
    if (!leave_bytes_) write_bytes(pieces);
  }

 private:
  static void add_spaces(Pieces* pieces) {
    for (auto& piece : pieces->views) {
      if (piece.empty() || piece[0] == ' ') continue;
      piece = pieces->written.emplace_back(" " + std::string(piece));
    }
  }

  static void write_bytes(Pieces* pieces) {
    std::string all;
    for (const auto piece : pieces->views) all += byte_alphabet().encode(piece);
    std::string_view rest = pieces->written.emplace_back(std::move(all));
    for (auto& piece : pieces->views) {
      size_t size = 0;
      for (const char byte : piece) {
        size += byte_alphabet().character(static_cast<uint8_t>(byte)).size();
      }
      piece = rest.substr(0, size);
      rest.remove_prefix(size);
    }
  }

  const bool add_prefix_space_;
  const bool use_regex_;
  const bool leave_bytes_;
};

// A regular expression that is one of those in word_split.h.
class Split final : public PreTokenizer {
 public:
  Split(const Json& json, const Place& place)
      : most_digits_(most_digits(json, place)) {
    const std::string behavior =
        require_string(json, "behavior", place.where());
    if (behavior != "Isolated") refuse_option("behavior " + behavior, place);
    if (require_flag(json, "invert", place)) {
      refuse_option("invert true", place);
    }
  }

  void split(Pieces* pieces) const override {
    pieces->next.clear();
    for (const auto piece : pieces->views) {
      llama3_split(piece, most_digits_, &pieces->next);
    }
    pieces->views.swap(pieces->next);
  }

 private:
  static int most_digits(const Json& json, const Place& place) {
    const std::string head =
        R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N})";
    const std::string tail =
        R"(| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
    const Json& pattern = require(json, "pattern", place.where());
    if (pattern == Json{{"Regex", head + "{1,3}" + tail}}) return 3;
    if (pattern == Json{{"Regex", head + tail}}) return 1;
    refuse_option("pattern " + pattern.dump(), place);
  }

  const int most_digits_;
};

class Sequence final : public PreTokenizer {
 public:
  explicit Sequence(std::vector<std::unique_ptr<const PreTokenizer>> parts)
      : parts_(std::move(parts)) {}

  void split(Pieces* pieces) const override {
    for (const auto& part : parts_) part->split(pieces);
  }

 private:
  std::vector<std::unique_ptr<const PreTokenizer>> parts_;
};

PreTokenization make_sequence(const Json& json, const Place& place,
                              bool may_leave_bytes) {
  std::vector<std::unique_ptr<const PreTokenizer>> parts;
  size_t left = require(json, "pretokenizers", place.where()).size();
  bool bytes = false;
  for_each_component(
      json, "pretokenizers", place, [&](const Json& part, const Place& inside) {
        const bool last = --left == 0;
        auto made = make_pre_tokenizer(part, inside, may_leave_bytes && last);
        bytes = made.bytes;
        if (made.steps) parts.push_back(std::move(made.steps));
      });
  return {std::make_unique<Sequence>(std::move(parts)), bytes};
}

}  // namespace

PreTokenization make_pre_tokenizer(const Json& json, const Place& place,
                                   bool may_leave_bytes) {
  if (json.is_null()) return {};
  const std::string type = component_type(json, place);
  if (type == "Sequence") return make_sequence(json, place, may_leave_bytes);
  if (type == "ByteLevel") {
    return {std::make_unique<ByteLevel>(json, place, may_leave_bytes),
            may_leave_bytes};
  }
  if (type == "Split") return {std::make_unique<Split>(json, place), false};
  refuse_type(type, place, {"Sequence", "ByteLevel", "Split"});
}

}  // namespace lethe
