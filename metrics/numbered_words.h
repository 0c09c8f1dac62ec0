// The words of texts, as ROUGE defines them, as numbers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lethe {

// The words of the texts of one comparison, numbered 0, 1, 2, ... in the order
// in which they first appear; equal words have equal numbers.
//
// A word is what rouge_score 0.1.2 takes for one: a run of a-z and 0-9 after
// lower-casing UTF-8; everything else separates. Two letters beyond ASCII have
// such a run in their lower case: U+0130 gives "i", U+212A (Kelvin) "k".
// Accented letters split words and other scripts give none. With `stemmer`,
// words of more than three letters are their Porter stems.
//
// What a thread has seen of words it keeps (some MB at most), so that a word is
// looked up and stemmed once. One object a thread at a time.
class NumberedWords {
 public:
  explicit NumberedWords(bool stemmer = false);
  ~NumberedWords();
  NumberedWords(const NumberedWords&) = delete;
  NumberedWords& operator=(const NumberedWords&) = delete;

  // The numbers of the text's words, in its order. O(text) time.
  std::vector<uint32_t> of(std::string_view text);

  // Every number given so far is below it.
  size_t kinds() const { return entries_.size(); }

  // The word (stem) with this number; valid until the next of().
  std::string_view word(uint32_t number) const;

 private:
  const bool stemmer_;
  std::vector<uint32_t> entries_;  // of the thread's table, by number
};

}  // namespace lethe
