#include "harness/text/pre_tokenizer.h"

#include <utility>

#include "harness/text/byte_level.h"
#include "harness/text/metaspace.h"
#include "harness/text/replace.h"
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
      pieces->rewrite(" " + std::string(piece), &piece);
    }
  }

  static void write_bytes(Pieces* pieces) {
    std::string all;
    for (const auto piece : pieces->views) all += byte_alphabet().encode(piece);
    std::string_view rest = pieces->written.emplace_back(std::move(all));
    std::string_view origin;
    for (auto& piece : pieces->views) {
      size_t size = 0;
      for (const char byte : piece) {
        size += byte_alphabet().character(static_cast<uint8_t>(byte)).size();
      }
      if (pieces->at_origin(piece)) origin = rest.substr(0, 1);
      piece = rest.substr(0, size);
      rest.remove_prefix(size);
    }
    pieces->origin = origin;
  }

  const bool add_prefix_space_;
  const bool use_regex_;
  const bool leave_bytes_;
};

// sentencepiece's way: spaces written as a character, which starts each word.
class Metaspace final : public PreTokenizer {
 public:
  Metaspace(const Json& json, const Place& place)
      : space_(metaspace_character(json, place)),
        scheme_(metaspace_scheme(json, place)),
        split_(flag_or(json, "split", true, place)) {}

  void split(Pieces* pieces) const override {
    for (auto& piece : pieces->views) {
      const bool prepend = !piece.empty() && piece[0] != ' ' &&
                           piece.substr(0, space_.size()) != space_ &&
                           (scheme_ == "always" ||
                            (scheme_ == "first" && pieces->at_origin(piece)));
      if (!prepend && piece.find(' ') == std::string_view::npos) continue;
      pieces->rewrite(
          replaced((prepend ? space_ : "") + std::string(piece), " ", space_),
          &piece);
    }
    if (split_) cut(pieces);
  }

 private:
  // Each piece, before every space in it.
  void cut(Pieces* pieces) const {
    pieces->next.clear();
    for (std::string_view piece : pieces->views) {
      for (size_t at; (at = piece.find(space_, 1)) != std::string_view::npos;) {
        pieces->next.push_back(piece.substr(0, at));
        piece.remove_prefix(at);
      }
      pieces->next.push_back(piece);
    }
    pieces->views.swap(pieces->next);
  }

  const std::string space_;
  const std::string scheme_;
  const bool split_;
};

class Sequence final : public PreTokenizer {
 public:
  Sequence(std::vector<std::unique_ptr<const PreTokenizer>> parts,
           const Place& place)
      : parts_(std::move(parts)), place_(place) {}

  void split(Pieces* pieces) const override {
    const size_t before = bytes(*pieces);
    for (const auto& part : parts_) {
      part->split(pieces);
      if (!pieces->written.empty()) {
        check_growth(before, bytes(*pieces), place_);
      }
    }
  }

 private:
  static size_t bytes(const Pieces& pieces) {
    size_t sum = 0;
    for (const auto piece : pieces.views) sum += piece.size();
    return sum;
  }

  const std::vector<std::unique_ptr<const PreTokenizer>> parts_;
  const Place place_;
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
  return {std::make_unique<Sequence>(std::move(parts), place), bytes};
}

}  // namespace

void Pieces::rewrite(std::string text, std::string_view* piece) {
  const bool first = at_origin(*piece);
  *piece = written.emplace_back(std::move(text));
  if (first) origin = piece->substr(0, 1);
}

PreTokenization make_pre_tokenizer(const Json& json, const Place& place,
                                   bool may_leave_bytes) {
  if (json.is_null()) return {};
  const std::string type = component_type(json, place);
  if (type == "Sequence") return make_sequence(json, place, may_leave_bytes);
  if (type == "ByteLevel") {
    return {std::make_unique<ByteLevel>(json, place, may_leave_bytes),
            may_leave_bytes};
  }
  if (type == "Metaspace") {
    return {std::make_unique<Metaspace>(json, place), false};
  }
  std::vector<std::string> names = {"Sequence", "ByteLevel", "Metaspace"};
  if (auto cut = make_cut(type, json, place, &names)) {
    return {std::move(cut), false};
  }
  refuse_type(type, place, names);
}

}  // namespace lethe
