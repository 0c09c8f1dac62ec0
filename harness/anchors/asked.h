// Anchors by a judge: what a language model is asked about a text, and its
// answers as a dictionary. Any model will do, for questions and answers are
// files (`lethe generate`, or an endpoint of your own).
//
// Source: Eldan and Russinovich 2023, arXiv:2310.02238, where GPT-4 extracts
// the dictionary passage by passage; the wording of the question is ours.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/anchors/dictionary.h"

namespace lethe {

// What is asked of each passage of the texts: whole lines or sentences, at most
// `characters` bytes a passage (cut inside a longer sentence at a space).
std::vector<std::string> anchor_questions(const std::vector<std::string>& texts,
                                          size_t characters = 2000);

struct AnsweredAnchors {
  Anchors anchors;         // by count, most frequent first; score: answers
  int64_t unreadable = 0;  // answers with neither JSON nor a pair
  int64_t absent = 0;      // terms that do not stand in the texts as words
  int64_t unfit = 0;       // pairs without a generic form that could serve
};

// The pairs of all answers. An answer is read as the first JSON object in it,
// {"term": "generic"} (or a list of {"term", "generic"}), as far as it goes
// where the model did not end it; else as lines
// "term -> generic". Of several generic forms of a term the one given most
// often stays, of as many the first. Terms are only taken from `texts`; a
// generic form that is empty, longer than 80 bytes, the term itself, or holds a
// term as a word is left out, so that translating twice changes nothing.
AnsweredAnchors answered_anchors(const std::vector<std::string>& answers,
                                 const std::vector<std::string>& texts);

}  // namespace lethe
