#include "harness/text/bpe.h"

#include <algorithm>

#include "harness/text/utf8.h"
#include "harness/text/word_cache.h"

namespace lethe {

struct Bpe::Work final : Memory {
  WordCache cache;
  MergeMemory merge;
  std::vector<uint32_t> symbols;
};

// Builds the first symbols of a word.
class Bpe::Symbols {
 public:
  Symbols(const Bpe& model, std::vector<uint32_t>* ids)
      : model_(model), ids_(ids) {}

  void known(uint32_t id) {
    flush();
    ids_->push_back(id);
  }

  // A character without a token. Its byte tokens, where all exist, go before
  // an unknown token of earlier characters: the peer writes that one only when
  // the next known character comes.
  void unknown(std::string_view character) {
    const auto token = [&](char byte) {
      return model_.byte_tokens_[static_cast<uint8_t>(byte)];
    };
    if (!model_.byte_fallback_ ||
        !std::all_of(character.begin(), character.end(), token)) {
      return unknown();
    }
    for (const char byte : character) ids_->push_back(*token(byte));
  }

  void flush() {
    if (pending_) ids_->push_back(*model_.unknown_);
    pending_ = false;
  }

 private:
  void unknown() {
    if (!model_.unknown_ && !model_.unknown_token_) return;  // as the peer
    if (!model_.unknown_) {
      fail_input(model_.file_,
                 fmt::format("unk_token \"{}\" is not in the vocabulary",
                             *model_.unknown_token_),
                 "add it: the text has a character without a token");
    }
    if (!model_.fuse_unknown_) flush();
    pending_ = true;
  }

  const Bpe& model_;
  std::vector<uint32_t>* const ids_;
  bool pending_ = false;  // an unknown token is to be written
};

std::unique_ptr<Model::Memory> Bpe::make_memory() const {
  return std::make_unique<Work>();
}

void Bpe::encode(std::string_view piece, Memory* memory,
                 std::vector<int64_t>* ids) const {
  auto* work = static_cast<Work*>(memory);
  if (!may_cut_) return encode_word(piece, work, ids);
  if (const auto id = whole(piece)) return ids->push_back(*id);
  while (!piece.empty()) {
    const size_t size = word_size(piece);
    encode_word(piece.substr(0, size), work, ids);
    piece.remove_prefix(size);
  }
}

// The id of a piece that is a token as it stands, where that goes first.
std::optional<uint32_t> Bpe::whole(std::string_view piece) const {
  if (!ignore_merges_ || piece.size() > longest_whole_) return std::nullopt;
  const auto found = whole_pieces_.find(piece);
  if (found == whole_pieces_.end()) return std::nullopt;
  return found->second;
}

// The id of the character with this code point, or of this byte.
std::optional<uint32_t> Bpe::character_id(char32_t value) const {
  if (value < low_characters_.size()) return low_characters_[value];
  const auto* found = high_characters_.find(value);
  return found ? std::optional(found->first) : std::nullopt;
}

std::optional<uint32_t> Bpe::affixed_id(std::string_view character, bool first,
                                        bool last) const {
  std::string token = first ? "" : prefix_;
  token += character;
  if (last) token += suffix_;
  const auto found = spelled_.find(token);
  if (found == spelled_.end()) return std::nullopt;
  return found->second;
}

// The size of the first word of a piece: up to where two characters meet that
// no merge joins. The second must have a token, since it is there that an
// unknown token for characters before it is written.
size_t Bpe::word_size(std::string_view piece) const {
  CodePoint left = code_point_at(piece.data());
  size_t size = left.size;
  while (size < piece.size()) {
    const CodePoint right = code_point_at(piece.data() + size);
    if (!joins_.find(FlatMap::key(left.value, right.value)) &&
        character_id(right.value)) {
      return size;
    }
    size += right.size;
    left = right;
  }
  return size;
}

void Bpe::encode_word(std::string_view word, Work* work,
                      std::vector<int64_t>* ids) const {
  if (work->cache.find(word, ids)) return;
  auto& symbols = work->symbols;
  symbols.clear();
  const auto id = may_cut_ ? std::nullopt : whole(word);
  if (id) {
    symbols.push_back(*id);
  } else {
    start_symbols(word, &symbols);
    merge_pairs(merges_, &work->merge, &symbols);
  }
  work->cache.keep(word, symbols.data(), symbols.size());
  ids->insert(ids->end(), symbols.begin(), symbols.end());
}

void Bpe::start_symbols(std::string_view word,
                        std::vector<uint32_t>* symbols) const {
  Symbols out(*this, symbols);
  for (size_t i = 0; i < word.size();) {
    const CodePoint c = bytes_ ? CodePoint{static_cast<uint8_t>(word[i]), 1}
                               : code_point_at(word.data() + i);
    const auto id = affixed() ? affixed_id(word.substr(i, c.size), i == 0,
                                           i + c.size == word.size())
                              : character_id(c.value);
    if (id) {
      out.known(*id);
    } else {
      out.unknown(word.substr(i, c.size));
    }
    i += c.size;
  }
  out.flush();
}

}  // namespace lethe
