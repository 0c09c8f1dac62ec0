#include "harness/text/sentencepiece_text.h"

#include <algorithm>
#include <optional>
#include <unordered_set>

#include "harness/text/charsmap.h"
#include "harness/text/utf8.h"
#include "harness/text/vocabulary.h"

namespace lethe {
namespace {

constexpr std::string_view kEscape = "\xE2\x96\x81";       // U+2581
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() &&
         text.substr(text.size() - end.size()) == end;
}

class SentencePieceNormalizer final : public Normalizer {
 public:
  explicit SentencePieceNormalizer(const SentencePieceModel& model)
      : place_{model.path, "normalizer_spec"},
        space_(model.escape_whitespaces ? kEscape : " "),
        add_prefix_(model.add_dummy_prefix),
        remove_extra_(model.remove_extra_whitespaces) {
    if (!model.charsmap.empty()) map_.emplace(model.charsmap, place_);
    for (const auto& piece : model.pieces) {
      if (piece.type != SentencePiece::Type::user_defined) continue;
      kept_.emplace(piece.text, 0);
      longest_kept_ = std::max(longest_kept_, piece.text.size());
    }
  }

  void normalize(Draft* draft) const override {
    std::string_view text = draft->text;
    if (remove_extra_) drop_spaces(&text);
    std::string out;
    if (!text.empty()) {
      out.reserve(text.size() + text.size() / 2 + 16);
      if (add_prefix_) out += space_;
      append(text, &out);
      while (remove_extra_ && ends_with(out, space_)) {
        out.resize(out.size() - space_.size());
      }
    }
    check_growth(draft->text.size(), out.size(), place_);
    draft->text = std::move(out);
    draft->origin = 0;
  }

 private:
  struct Step {
    size_t size;            // bytes of the text
    std::string_view text;  // what they become
  };

  // What the start of a text becomes.
  Step step(std::string_view text) const {
    for (size_t n = std::min(longest_kept_, text.size()); n > 0; --n) {
      if (kept_.find(text.substr(0, n)) != kept_.end()) {
        return {n, text.substr(0, n)};
      }
    }
    if (map_) {
      if (const auto match = map_->longest(text)) {
        return {match->size, match->text};
      }
    }
    const size_t one = code_point_at(text.data()).size;
    return {one, text.substr(0, one)};
  }

  void drop_spaces(std::string_view* text) const {
    while (!text->empty()) {
      const Step first = step(*text);
      if (first.text != " ") return;
      text->remove_prefix(first.size);
    }
  }

  void append(std::string_view text, std::string* out) const {
    bool after_space = remove_extra_;
    while (!text.empty()) {
      Step next = step(text);
      text.remove_prefix(next.size);
      while (after_space && !next.text.empty() && next.text[0] == ' ') {
        next.text.remove_prefix(1);
      }
      if (next.text.empty()) continue;
      for (const char c : next.text) {
        if (c == ' ') {
          *out += space_;
        } else {
          *out += c;
        }
      }
      after_space = remove_extra_ && next.text.back() == ' ';
    }
  }

  const Place place_;
  const std::string_view space_;
  const bool add_prefix_, remove_extra_;
  std::optional<Charsmap> map_;
  IdMap kept_;  // user-defined pieces
  size_t longest_kept_ = 0;
};

class SentencePieceDecoder final : public Decoder {
 public:
  explicit SentencePieceDecoder(const SentencePieceModel& model)
      : strip_(model.add_dummy_prefix || model.remove_extra_whitespaces),
        strip_all_(model.remove_extra_whitespaces) {
    for (const auto& piece : model.pieces) {
      if (piece.type == SentencePiece::Type::byte) {
        bytes_.emplace(piece.text,
                       std::stoul(piece.text.substr(3, 2), nullptr, 16));
      }
    }
  }

  void decode(std::vector<std::string>* tokens) const override {
    std::string text, run;
    bool stripped = false;
    for (const auto& token : *tokens) {
      const auto byte = bytes_.find(token);
      if (byte != bytes_.end()) {
        run += static_cast<char>(byte->second);
        continue;
      }
      append_bytes(&run, &text);
      append_piece(token, &stripped, &text);
    }
    append_bytes(&run, &text);
    tokens->assign(1, std::move(text));
  }

 private:
  // Appends the characters that the bytes spell, and clears them.
  static void append_bytes(std::string* run, std::string* text) {
    std::string_view left = *run;
    while (!left.empty()) {
      size_t size = 1;
      while (size < 4 && size < left.size() &&
             !valid_utf8(left.substr(0, size))) {
        ++size;
      }
      const bool valid = valid_utf8(left.substr(0, size));
      *text += valid ? left.substr(0, size) : kReplacement;
      left.remove_prefix(valid ? size : 1);
    }
    run->clear();
  }

  // Before the first text a piece loses its first space: one in all, or with
  // remove_extra_whitespaces one of each piece.
  void append_piece(std::string_view piece, bool* stripped,
                    std::string* text) const {
    if (strip_ && text->empty() && !*stripped &&
        piece.substr(0, kEscape.size()) == kEscape) {
      piece.remove_prefix(kEscape.size());
      *stripped = !strip_all_;
    }
    for (size_t i = 0; i < piece.size();) {
      if (piece.substr(i, kEscape.size()) == kEscape) {
        *text += ' ';
        i += kEscape.size();
      } else {
        *text += piece[i++];
      }
    }
  }

  const bool strip_, strip_all_;
  IdMap bytes_;
};

}  // namespace

std::unique_ptr<const Normalizer> make_sentencepiece_normalizer(
    const SentencePieceModel& model) {
  return std::make_unique<SentencePieceNormalizer>(model);
}

std::unique_ptr<const Decoder> make_sentencepiece_decoder(
    const SentencePieceModel& model) {
  return std::make_unique<SentencePieceDecoder>(model);
}

}  // namespace lethe
