// The local extractor: what is particular to a text, found by comparing it with
// a background corpus. No model and no network.
//
// Names are found by their capital letters inside sentences (names.h). A name
// stays if the background lacks it, or has it so much more seldom that chance
// does not explain it. Words and pairs of words in small letters are taken on
// much stronger evidence: see ExtractOptions. Letters without case (Chinese,
// Arabic) have frequencies only.
//
// The paper asked GPT-4 for the anchors of passages (Eldan and Russinovich
// 2023, arXiv:2310.02238); this reads the text itself, costs nothing, and gives
// a file that people correct. Its lists of titles, months and the like are
// English (english.h); texts of other languages lose that filter only. Where
// all nouns have capitals (German) a background in that language is needed.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "harness/anchors/dictionary.h"
#include "harness/anchors/english.h"
#include "harness/base/json.h"

namespace lethe {

struct ExtractOptions {
  int64_t min_count = 2;       // occurrences of a name
  int64_t max_anchors = 1000;  // the highest scores
  // A name that the background has too: at least so many times likelier here,
  // with at least this G^2 (3.84: p = 0.05).
  double name_ratio = 3;
  double name_g2 = 3.84;
  // Words and pairs in small letters: occurrences, how many times likelier than
  // in the background (half an occurrence added), and G^2.
  bool phrases = true;
  int64_t phrase_count = 6;
  double phrase_ratio = 20;
  double phrase_g2 = 30;
  // Ordinary words that a small background merely lacks: the word must be
  // shown to be rarer than this elsewhere, per million words, with 3
  // occurrences added (the 95 % bound of one never seen). 5 needs 600,000
  // words; with fewer no word in small letters is taken.
  double phrase_per_million = 5;
  // Common words of a subject are spread over a text, particular ones stand
  // close together: parts of the text (of 100) that so many draws would hit,
  // over those that hold the word. A ratio of 10 phrase_ratio needs none.
  double phrase_burst = 1.5;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(
    ExtractOptions, min_count, max_anchors, name_ratio, name_g2, phrases,
    phrase_count, phrase_ratio, phrase_g2, phrase_per_million, phrase_burst)

// An anchor without its generic form, with what was seen around it.
struct FoundAnchor {
  Anchor anchor;  // generic is empty
  Gender gender = Gender::unknown;
  bool surname = false;  // stands behind Mr., Miss, Colonel
  bool common = false;   // a common noun used as a name: "the White Rabbit"
  bool neuter = false;   // mostly it, not he or she
  int64_t alone = 0;     // times it stands as a whole name
};

// The background words that words in small letters need.
inline int64_t phrase_background(const ExtractOptions& options) {
  return static_cast<int64_t>(3e6 / options.phrase_per_million);
}

struct Extraction {
  std::vector<FoundAnchor> anchors;  // highest score first
  // Small-letter uses, in both corpora, of the words that anchors are made of.
  std::map<std::string, int64_t> lower_uses;
  int64_t target_words = 0, background_words = 0;
  std::string note;  // what weakens the result, in a sentence; empty: nothing
};

// The anchors of some documents. The score is G^2 (usage.h) against the
// background; without one it is the count, names are all that is looked for,
// and those that every text has (London, John) cannot be told from particular
// ones: `note` says so. O(words).
// Throws: as words_of; input error without a word in the target; usage error
// for options out of their range.
Extraction extract_anchors(const std::vector<std::string>& target,
                           const std::vector<std::string>& background,
                           const ExtractOptions& options = {});

}  // namespace lethe
