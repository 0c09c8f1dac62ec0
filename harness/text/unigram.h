// The unigram language model of sentencepiece: of all ways to write a piece as
// tokens, the one of highest probability.
//
//   best(i) = max over tokens t that end at i of best(i - |t|) + score(t)
//
// Scores are natural logarithms. A character without a token of its own scores
// 10 below the lowest; unknown characters in a row become one unknown token, or
// with byte_fallback their bytes' tokens <0x00>..<0xFF>.
//
// Paper: Kudo 2018, arXiv:1804.10959. Peer: tokenizers 0.23.3, the same ids.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "harness/text/byte_trie.h"
#include "harness/text/model.h"

namespace lethe {

class Unigram final : public Model {
 public:
  // Throws: input error if anything is malformed.
  Unigram(const Json& json, const Place& place, Vocabulary* vocabulary,
          const ModelExtras& extras = {});

  std::unique_ptr<Memory> make_memory() const override;
  void encode(std::string_view piece, Memory* memory,
              std::vector<int64_t>* ids) const override;

 private:
  struct Work;

  void read_tokens(const Json& json, const Place& place, Vocabulary* vocabulary,
                   const ModelExtras& extras);
  void find_best(std::string_view piece, Work* work) const;
  void write_part(std::string_view part, std::vector<uint32_t>* ids) const;
  uint32_t unknown() const;

  const Place place_;
  const bool round_sums_;  // see ModelExtras
  bool byte_fallback_ = false;
  std::optional<uint32_t> unknown_;
  double unknown_score_ = 0;
  std::vector<double> scores_;  // by id
  IdMap ids_;
  ByteTrie trie_;
  std::array<std::optional<uint32_t>, 256> byte_tokens_;  // <0x00>..<0xFF>
};

}  // namespace lethe
