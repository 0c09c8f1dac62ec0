#include "harness/text/word_models.h"

#include <optional>
#include <string>

#include "harness/text/byte_trie.h"
#include "harness/text/word_cache.h"

namespace lethe {
namespace {

// The unknown token, whose absence matters only when it is needed.
class Unknown {
 public:
  Unknown(const Json& json, const Place& place, const Vocabulary& vocabulary)
      : place_(place),
        token_(require_string(json, "unk_token", place.where())),
        id_(vocabulary.find(token_)) {}

  uint32_t id() const {
    if (id_) return *id_;
    fail_input(place_.where(),
               fmt::format("unk_token \"{}\" is not in the vocabulary", token_),
               "add it: the text has a word without a token");
  }

 private:
  const Place place_;
  const std::string token_;
  const std::optional<uint32_t> id_;
};

class WordPiece final : public Model {
 public:
  WordPiece(const Json& json, const Place& place, Vocabulary* vocabulary)
      : prefix_(
            json.contains("continuing_subword_prefix")
                ? require_short_text(json, "continuing_subword_prefix", place)
                : "##"),
        most_characters_(
            json.contains("max_input_chars_per_word")
                ? require_int(json, "max_input_chars_per_word", place.where())
                : 100) {
    read_vocabulary(json, place, vocabulary);
    unknown_.emplace(json, place, *vocabulary);
    for (const auto& [id, token] : vocabulary->by_id()) index(*token, id);
  }

  std::unique_ptr<Memory> make_memory() const override {
    return std::make_unique<Work>();
  }

  void encode(std::string_view piece, Memory* memory,
              std::vector<int64_t>* ids) const override {
    auto* work = static_cast<Work*>(memory);
    if (piece.empty() || work->cache.find(piece, ids)) return;
    work->ids.clear();
    if (!find(piece, &work->ids)) work->ids.assign(1, unknown_->id());
    work->cache.keep(piece, work->ids.data(), work->ids.size());
    ids->insert(ids->end(), work->ids.begin(), work->ids.end());
  }

 private:
  struct Work final : Memory {
    WordCache cache;
    std::vector<uint32_t> ids;
  };
  struct Found {
    uint32_t id = 0;
    size_t size = 0;  // in the text; 0: nothing found
  };

  void index(const std::string& token, uint32_t id) {
    first_.add(token, id);
    if (token.size() > prefix_.size() &&
        token.compare(0, prefix_.size(), prefix_) == 0) {
      rest_.add(std::string_view(token).substr(prefix_.size()), id);
    }
  }

  bool find(std::string_view word, std::vector<uint32_t>* ids) const {
    int64_t characters = 0;
    for (const char c : word) characters += (c & 0xC0) != 0x80;
    if (characters > most_characters_) return false;
    const ByteTrie* trie = &first_;
    while (!word.empty()) {
      Found longest;
      trie->visit(word, [&](size_t size, uint32_t id) {
        longest = {id, size};
      });
      if (longest.size == 0) return false;
      ids->push_back(longest.id);
      word.remove_prefix(longest.size);
      trie = &rest_;
    }
    return true;
  }

  const std::string prefix_;
  const int64_t most_characters_;
  std::optional<Unknown> unknown_;
  ByteTrie first_;  // tokens
  ByteTrie rest_;   // tokens with the prefix, without it
};

class WordLevel final : public Model {
 public:
  WordLevel(const Json& json, const Place& place, Vocabulary* vocabulary) {
    read_vocabulary(json, place, vocabulary);
    unknown_.emplace(json, place, *vocabulary);
    for (const auto& [id, token] : vocabulary->by_id()) {
      ids_.emplace(*token, id);
    }
  }

  std::unique_ptr<Memory> make_memory() const override {
    return std::make_unique<Memory>();
  }

  void encode(std::string_view piece, Memory*,
              std::vector<int64_t>* ids) const override {
    if (piece.empty()) return;
    const auto found = ids_.find(piece);
    ids->push_back(found == ids_.end() ? unknown_->id() : found->second);
  }

 private:
  std::optional<Unknown> unknown_;
  // The model's own tokens: added ones are not looked for in pieces.
  IdMap ids_;
};

}  // namespace

std::unique_ptr<const Model> make_word_piece(const Json& json,
                                             const Place& place,
                                             Vocabulary* vocabulary) {
  return std::make_unique<WordPiece>(json, place, vocabulary);
}

std::unique_ptr<const Model> make_word_level(const Json& json,
                                             const Place& place,
                                             Vocabulary* vocabulary) {
  return std::make_unique<WordLevel>(json, place, vocabulary);
}

}  // namespace lethe
