// What mask=hash leaves out of a whole text, also where the hash is of a plain
// form of it.
//
//   no normalise: the mask of the ids but the first (base/goldfish.h)
//   normalise: plain = plain form of the text (text/plain_form.h)
//     dropped(plain) = the mask of all ids of encode(plain), without specials
//     a token of the text is dropped if a dropped token of `plain` stands for
//     one of its bytes
//
// Two texts with one plain form have the same bytes of it left out at least,
// however each is cut into tokens. That is why one byte is enough: if the last
// (or first) decided, a token that reaches over the end of a gap would be
// learnt with a part of the gap in it, and the gap with it. The price is a
// share dropped that is above 1 / k where the tokens are longer than those of
// the plain form. A token of which the plain form has nothing (a soft hyphen,
// the second of two blanks) goes with the one before it, at the beginning with
// the one behind. Specials around the text are always learnt.
#pragma once

#include <vector>

#include "harness/base/goldfish.h"
#include "harness/data/examples.h"
#include "harness/text/plain_form.h"
#include "harness/train/options.h"

namespace lethe {

class DocumentMask {
 public:
  // `tokenizer` may be null without normalise; it must outlive the mask.
  DocumentMask(const TrainOptions& options, const Tokenizer* tokenizer);

  // True where an id of the example is left out, one an id; never the first
  // without normalise. Of a row with `ids`, the text is what they decode to.
  // Throws: input error, which names the row, with normalise and without a
  // tokenizer, or where the ids do not spell the text (anchors/token_spans.h).
  std::vector<bool> dropped(const Example& example) const;

 private:
  std::vector<bool> dropped_by_plain_form(const Example& example) const;

  GoldfishMask mask_;
  PlainSteps steps_;
  const Tokenizer* tokenizer_;
};

// The options of mask=hash as base/goldfish.h has them.
GoldfishOptions goldfish_options(const TrainOptions& options);

}  // namespace lethe
