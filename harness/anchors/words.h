// The words of a text with what their capital letters say about them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lethe {

enum class LetterCase : uint8_t {
  none,     // no letter has a case: digits, Han, Arabic
  lower,    // the first letter is small
  capital,  // the first letter is a capital, some other is small; also "I"
  upper     // two letters or more, all capitals
};

// What stands between a word and the one before it.
enum class WordGap : uint8_t {
  space,     // white space with at most one line end
  stop,      // a full stop after a title or an initial, then white space
  sentence,  // an end of sentence, an opening quote, a blank line
  other      // a comma, a closing quote, nothing
};

struct TextWord {
  uint32_t begin, end;  // bytes, without a possessive 's or a short verb ('ll)
  LetterCase letters;
  WordGap gap;  // before it
  // A capital letter says nothing here: begins a sentence, a line of verse, or
  // stands in a heading.
  bool starts;
  uint8_t suffix;  // bytes of what was left out behind it: "’s"; 0: nothing
};

// The words as Unicode's word boundaries cut them (UAX 29; Chinese, Japanese
// and Thai by ICU's dictionaries). Words joined by one hyphen are one word
// ("daisy-chain"), marks such as _ around a word are none of it.
// Throws: input error for a text that is not UTF-8 or above 2 GiB.
std::vector<TextWord> words_of(std::string_view text);

// `text` in small letters, ’ as ', and - for every hyphen.
std::string folded(std::string_view text);

// Whether the letters of a text are in one of the scripts that are written
// without spaces between words (Han, kana, Thai, Lao, Khmer, Burmese).
bool written_without_spaces(char32_t point);

// A letter, mark or digit: what a word is made of.
bool is_word_character(char32_t point);

LetterCase letter_case(std::string_view word);

}  // namespace lethe
