// Local proposals of generic translations, for people to correct.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/anchors/extract.h"

namespace lethe {

// The found anchors with their generic forms:
//   Sherlock Holmes > Martin Weldon    Baker Street > Harrow Street
//   Mr. Holmes      > Mr. Weldon       the White Rabbit > the Grey Badger
// A word becomes the same word in every anchor. Titles, small words and heads
// such as Street and Bank stay. The form is that of the anchor: given names by
// the gender that titles and pronouns tell, surnames, places, and common nouns
// for what the text names by one (a creature where it is mostly "it", else an
// occupation or rank); "Rucastles" follows "Rucastle".
//
// No generic word is a word of `target`, in any case, and none is used twice.
// The choice depends on the seed and the word, so a longer text changes few.
// Pairs of words in `corrected` (rows in use whose forms have equally many
// words) are kept: after Holmes > Carter, Mr. Holmes becomes Mr. Carter.
Anchors propose_generics(const Extraction& found,
                         const std::vector<std::string>& target,
                         const Anchors& corrected = {}, uint64_t seed = 0);

}  // namespace lethe
