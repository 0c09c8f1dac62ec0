// Names by their capital letters: which sequences of words stand for one thing.
// For the extractor; see extract.h for what becomes of them.
#pragma once

#include <map>
#include <string>

#include "harness/anchors/usage.h"

namespace lethe {

// One name as it is written in the target, with or without titles.
struct NameUse {
  int64_t alone = 0;   // times it stands as a whole name, not inside a longer
  int64_t middle = 0;  // of these, where its capital is evidence
  int64_t titled = 0;  // of these, behind a title
  size_t titles = 0;   // how many of its own words are titles
  std::map<std::string, int64_t> spellings;

  // The most frequent spelling, the first of equals.
  const std::string& spelling() const;
};

// Where a name stands: words [first, last) of a document.
struct NamePlace {
  uint32_t document, first, last;
  uint32_t core;  // the first word behind the titles
};

struct FoundNames {
  std::map<WordIds, NameUse> names;
  std::vector<NamePlace> places;
};

// The names of the target: words with capital letters that follow each other,
//   Sherlock Holmes, Mr. J. Holmes, St. Simon, Saxe-Coburg Square,
// and such groups joined by small words where these are said together more
// often than chance has it: King of Bohemia. A word that begins a sentence
// belongs to a name only if it has capitals elsewhere, or never a small letter.
// Titles before a name give a second entry with them.
FoundNames find_names(const ReadSide& side, const WordTable& table);

// Whether a word alone can be a name: capitals inside sentences outweigh small
// letters, and no list of english.h says otherwise.
bool proper_word(const WordTable& table, uint32_t id);

}  // namespace lethe
