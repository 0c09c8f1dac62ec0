// Byte-pair encoding, byte-level (GPT-2) or over characters (Llama 2).
//
// A piece starts as one symbol a character; a character without a token becomes
// its UTF-8 bytes' tokens <0x00>..<0xFF> (byte_fallback), else the unknown
// token, else nothing. Then merges are applied, lowest rank first.
//
// Paper: Sennrich et al. 2016, arXiv:1508.07909, algorithm 1. Peer: the Python
// package tokenizers 0.23.3, the same ids.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/text/bpe_merge.h"
#include "harness/text/model.h"

namespace lethe {

// Published vocabularies have some 600,000; bounds memory and time.
constexpr size_t kMaxMerges = size_t{1} << 22;

class Bpe final : public Model {
 public:
  Bpe(const Json& json, const Place& place, bool bytes, Vocabulary* vocabulary,
      const ModelExtras& extras = {});

  std::unique_ptr<Memory> make_memory() const override;
  void encode(std::string_view piece, Memory* memory,
              std::vector<int64_t>* ids) const override;

 private:
  struct Work;
  class Symbols;
  using IdPair = std::pair<uint32_t, uint32_t>;

  // bpe_read.cpp
  void read_options(const Json& json, const Place& place);
  void index_tokens(const Vocabulary& vocabulary);
  std::vector<IdPair> read_merges(const Json& json, const Place& place,
                                  const Vocabulary& vocabulary,
                                  const std::vector<uint32_t>& ranks);
  void find_joins(const std::vector<IdPair>& merges,
                  const Vocabulary& vocabulary);

  std::optional<uint32_t> whole(std::string_view piece) const;
  std::optional<uint32_t> character_id(char32_t value) const;
  std::optional<uint32_t> affixed_id(std::string_view character, bool first,
                                     bool last) const;
  bool affixed() const { return !prefix_.empty() || !suffix_.empty(); }
  size_t word_size(std::string_view piece) const;
  void encode_word(std::string_view word, Work* work,
                   std::vector<int64_t>* ids) const;
  void start_symbols(std::string_view word,
                     std::vector<uint32_t>* symbols) const;

  const bool bytes_;
  const std::string file_;
  bool fuse_unknown_ = false;
  bool byte_fallback_ = false;
  bool ignore_merges_ = false;
  // Put before every character of a piece but the first, and after its last,
  // to find their tokens. With either, no piece is plain bytes.
  std::string prefix_;
  std::string suffix_;
  std::optional<std::string> unknown_token_;
  std::optional<uint32_t> unknown_;  // its id, if the vocabulary has it

  MergeTable merges_;
  // By code point, or by byte with bytes_: the id of that character.
  std::array<std::optional<uint32_t>, 256> low_characters_;
  FlatMap high_characters_;
  std::array<std::optional<uint32_t>, 256> byte_tokens_;  // <0x00>..<0xFF>
  IdMap spelled_;       // all tokens, where characters are spelled with affixes
  IdMap whole_pieces_;  // what ignore_merges looks up; empty without it
  size_t longest_whole_ = 0;

  // Whether a piece is cut into words to use the word cache, and the pairs of
  // characters between which it may not be: see find_joins().
  bool may_cut_ = false;
  FlatMap joins_;
};

}  // namespace lethe
