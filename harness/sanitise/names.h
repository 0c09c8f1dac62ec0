// Names of people and places in texts, found by their capital letters.
//
// What the extractor of anchors takes for a name (harness/anchors/names.h),
// seen once or often: words with capitals inside sentences, alone or in a row,
// King of Bohemia; each is then found everywhere, at the start of sentences and
// in capitals too. Titles before a name (Mr., Colonel) stay.
//
// No recogniser that was trained: titles of books, brands and ships are names
// as well, one that stands only at the start of sentences or in headings may be
// missed, and so are names in small letters and in scripts without capitals.
// Its word lists are English (harness/anchors/english.h): months, days and
// nations are no names. Where all nouns have capitals (German) nearly every
// noun is taken for one.
#pragma once

#include <string>
#include <vector>

#include "harness/sanitise/scrub.h"

namespace lethe {

struct FoundPersonalNames {
  std::vector<std::vector<PersonalSpan>> spans;  // of each text, in order
  int64_t words = 0;                             // of all texts
  int64_t name_words = 0;                        // inside the spans
};

// The names of all texts, which are judged together: what one shows to be a
// name is one in all. Linear but for sorting.
// Throws: input error for a text that is not UTF-8 or above 2 GiB.
FoundPersonalNames find_personal_names(const std::vector<std::string>& texts);

}  // namespace lethe
