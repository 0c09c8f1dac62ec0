// The anchor dictionary: what is particular to a text, and what stands in its
// place. A file that people correct: JSON Lines, an anchor a row,
//
//   {"anchor":"Sherlock Holmes","generic":"Martin Weldon","kind":"person",
//    "count":95,"score":612.5,"use":true}
//
// Needed are anchor and generic. An anchor stands for itself and for its ALL
// CAPITALS form, one in small letters also for a capital at its front; with
// "any_case": true it stands for every spelling (holmes). With "use": false it
// is left alone. Keys that are not listed here are people's own notes and stay.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/base/json.h"

namespace lethe {

struct Anchor {
  std::string anchor;   // single spaces between its words
  std::string generic;  // what stands in its place; differs from the anchor
  std::string kind = "thing";  // one of kAnchorKinds
  int64_t count = 0;           // occurrences in the text, longer ones included
  double score = 0;            // how particular to the text, see extract.h
  bool use = true;
  bool any_case = false;
  OrderedJson notes = OrderedJson::object();  // people's own keys
};

inline const std::vector<std::string> kAnchorKinds = {
    "person", "place", "organisation", "thing", "phrase"};

using Anchors = std::vector<Anchor>;

// The rows of a dictionary file in its order, those with "use": false too.
// White space in anchor and generic becomes single spaces.
// Throws: as read_rows; input error with file and line, what and the cure for a
// row without anchor or generic, an anchor without a letter or digit, a key of
// the wrong type or an unknown kind, a generic that equals its anchor, an
// anchor that stands there twice; and as check_anchors.
Anchors read_anchors(const std::string& path);

// Throws: input error that names both, where the generic form of an anchor in
// use holds an anchor in use as a word: translating twice would then change a
// text. `where` names the dictionary.
void check_anchors(const Anchors& anchors, const std::string& where);

// The file's text: by count, most frequent first, equal ones by anchor, keys in
// the order above, then people's own. The same anchors give the same bytes.
std::string anchors_text(const Anchors& anchors);

// One row, keys in the order above.
OrderedJson anchor_json(const Anchor& anchor);

// `corrected` over `fresh`: people's rows win whole but for a count and score
// that they do not have; what they lack comes from `fresh`, what only they have
// stays. Sorted as anchors_text does.
Anchors merge_anchors(const Anchors& corrected, const Anchors& fresh);

}  // namespace lethe
