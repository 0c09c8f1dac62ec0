// Texts cut into words, and how each word is written in them. For the parts of
// the extractor.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "harness/anchors/words.h"

namespace lethe {

// How often a word stands in the texts of one side.
struct WordUse {
  int64_t middle = 0;  // with a capital where nothing but the name asks for it
  int64_t start = 0;   // with a capital that says nothing
  int64_t lower = 0;
  int64_t other = 0;  // all capitals, or letters without case
  int64_t total() const { return middle + start + lower + other; }
};

// The words of all texts by number; folded() forms.
class WordTable {
 public:
  uint32_t id(const std::string& folded_word);
  const std::string& word(uint32_t id) const { return words_[id]; }
  uint32_t traits(uint32_t id) const { return traits_[id]; }
  size_t size() const { return words_.size(); }

  // By id.
  std::vector<WordUse> target, background;

 private:
  std::unordered_map<std::string, uint32_t> ids_;
  std::vector<std::string> words_;
  std::vector<uint32_t> traits_;
};

struct ReadDocument {
  std::string_view text;
  std::vector<TextWord> words;
  std::vector<uint32_t> ids;  // of the words
};

struct ReadSide {
  std::vector<ReadDocument> documents;
  int64_t words = 0;
};

// Cuts the texts, which must outlive the result, and counts in `uses`, one of
// the table's two. Throws: as words_of.
ReadSide read_side(const std::vector<std::string>& texts, WordTable* table,
                   std::vector<WordUse>* uses);

// A sequence of words that a name or phrase is made of, connectors included.
using WordIds = std::vector<uint32_t>;

// How often each sequence stands in the texts, inside longer ones too. A
// sequence counts where its words follow each other; with `capital` only where
// the first has no small letter.
std::map<WordIds, int64_t> count_sequences(
    const ReadSide& side, const std::map<WordIds, bool>& capital);

// Dunning's log-likelihood ratio G^2 of a word seen `target` times in
// `target_words` and `background` times in `background_words`, negative where
// it is rarer in the target.
// Source: Dunning 1993, Computational Linguistics 19(1), in the two-sample form
// of Rayson and Garside 2000.
double log_likelihood(int64_t target, int64_t target_words, int64_t background,
                      int64_t background_words);

// How many times likelier a word is in the target, half an occurrence added on
// both sides.
double rate_ratio(int64_t target, int64_t target_words, int64_t background,
                  int64_t background_words);

}  // namespace lethe
