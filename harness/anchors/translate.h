// Translating a text: every anchor becomes its generic form, and what follows
// from that is put right.
//
//   Mr. Holmes's deerstalker  >  Mr. Weldon's bonnet
//   HOLMES! a Holmes, holmes  >  WELDON! a Weldon, holmes (weldon: any_case)
//
// The longest anchor that fits wins, from the left to the right. An anchor is
// found where no letter, mark or digit touches it (scripts without spaces
// between words have no such rule), with any white space of at most one line
// end for its spaces, ' for ’, and a full stop behind a word or none. The
// article in front becomes "a" or "an" as the generic form wants it. The bare
// apostrophe of "Holmes' hat" (a small letter follows, the generic form has no
// s) becomes "'s" and is then part of the segment. A translated text translates
// to itself.
//
// Source: Eldan and Russinovich 2023, arXiv:2310.02238, "Obtaining generic
// predictions by using anchored terms".
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "harness/anchors/dictionary.h"

namespace lethe {

// A part of a text that differs from its translation; the rest is copied.
struct AnchorSegment {
  size_t begin, end;                        // bytes of the original
  size_t translated_begin, translated_end;  // bytes of the translation
  int64_t anchor;  // which of the dictionary's; -1: an article put right
  // The anchor, or one that shares a changed word with it ("Mr. Holmes",
  // "Sherlock Holmes"), stands earlier in this text.
  bool repeated;
};

struct Translation {
  std::string text;
  std::vector<AnchorSegment> segments;  // from left to right, never overlapping
};

// Immutable; may be used by several threads at once.
class AnchorTranslator {
 public:
  // Anchors with use = false are left out; segments count all of them.
  explicit AnchorTranslator(const Anchors& anchors);

  // The translation of one block: what repeats is decided inside of it. Linear
  // in the text, times the anchors that begin with one letter.
  // Throws: input error for a text that is not UTF-8.
  Translation translate(std::string_view text) const;

 private:
  struct Entry {
    int64_t index;
    std::string anchor, generic;
    bool any_case;
    std::vector<std::string> parts;  // folded words that the generic changes
  };
  struct Match {
    const Entry* entry = nullptr;
    size_t end = 0;
  };

  Match longest_at(std::string_view text, size_t at) const;

  std::vector<Entry> entries_;
  // By the first character in small letters, longest anchors first.
  std::unordered_map<char32_t, std::vector<size_t>> by_first_;
};

}  // namespace lethe
