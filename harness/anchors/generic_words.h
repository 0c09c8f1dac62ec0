// Where generic words come from: lists of our own, and names put together from
// syllables when a list is used up.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_set>

namespace lethe {

enum class WordRole : uint8_t {
  kept,  // titles, "of", "Street"
  given_male,
  given_female,
  surname,
  place,
  rank_male,  // King
  rank_female,
  creature,    // the Rabbit
  occupation,  // the Hatter
  group,       // the League
  adjective,   // the White ..
  object,      // a coronet
  objects      // some pips
};

// "Halls", "Brooches".
std::string plural_of(const std::string& word);

// Draws words, each once: which one depends on the seed, the role and the word
// that it stands for, and on what was drawn before only where two would be the
// same.
class GenericWords {
 public:
  // None of the words in `taken` (folded) is drawn.
  GenericWords(uint64_t seed, std::unordered_set<std::string> taken)
      : seed_(seed), taken_(std::move(taken)) {}

  // A word with a capital at its front. REQUIRES: a role other than kept.
  std::string draw(WordRole role, const std::string& folded_word);

  // Takes a word out of the lists.
  void take(const std::string& folded_word) { taken_.insert(folded_word); }

 private:
  uint64_t seed_;
  std::unordered_set<std::string> taken_;
};

}  // namespace lethe
