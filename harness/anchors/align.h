// Which place of a translated text answers for each token of the original.
//
// A model that reads the translation predicts, behind some prefix, what a
// reader without the names would expect next. That is the generic prediction
// for the original's token behind the corresponding prefix. The two differ in
// tokens where an anchor stands, so prefixes are compared by bytes:
//
//   original     |Mr|.| Hol|mes| came|     byte 3 is the space before Holmes
//   translation  |Mr|.| Weldon| came|
//   positions     0  1  2   -1   3
//
// - A token that begins outside of anchors, or where one begins, has the
//   translated token that begins at the same place. A space that belongs to the
//   token (" Hol") begins before the anchor, in both texts alike.
// - Anchor and generic form of equally many words are compared word by word:
//   " Holmes" in "Sherlock Holmes" answers to " Weldon" in "Martin Weldon".
// - Inside a word: one by one if both are cut into equally many tokens, else
//   only the first has a position.
// - Where no translated token begins at that place there is none: letters of
//   both sides in one token, or "| |O|kafor" beside "| Weldon", where the space
//   has the position and O none.
//
// Source: Eldan and Russinovich 2023, arXiv:2310.02238, the section on anchored
// terms: the mapping between the tokens of a block and of its translation, and
// the rule that an anchor's second and later appearances stay out of the loss.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "harness/anchors/token_spans.h"
#include "harness/anchors/translate.h"

namespace lethe {

// Of T tokens of the original, each list [T].
struct TokenAlignment {
  // The translated token p: what stands before p corresponds to what stands
  // before the token, so the logits of translated position p - 1 are its
  // generic prediction. -1: none; 0: nothing stands before it.
  std::vector<int64_t> positions;
  // The token has a byte of an anchor that appears for the first time.
  std::vector<bool> anchor;
  // ... of one that appeared before: to be left out of the loss. A token of
  // both counts as repeated.
  std::vector<bool> repeated;
  // It is the first token of an anchor, of either sort.
  std::vector<bool> first;
  // segments[0 .. n) end before the token begins: the generic forms that a
  // prediction may already repeat.
  std::vector<int64_t> segments_before;
};

// `spans` of the original's tokens and `translated_spans` of the translation's,
// as token_spans gives them, specials included.
// REQUIRES: `translation` is that of `original`. O(T log T).
TokenAlignment align_tokens(std::string_view original,
                            const Translation& translation,
                            const std::vector<TokenSpan>& spans,
                            const std::vector<TokenSpan>& translated_spans);

}  // namespace lethe
