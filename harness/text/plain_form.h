// A text in a plain form, the same for copies that a reader takes for the same
// text, with the place that each of its bytes is from.
//
// Source: the steps that Hans et al. 2024, arXiv:2406.10209, ask for before
// hashing, which point to the normalisation of Kirchenbauer et al. 2023,
// arXiv:2301.10226, section 5.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lethe {

// Taken in this order, whatever the order of their names.
struct PlainSteps {
  // "unicode": characters that are not seen are taken away (soft hyphen, zero
  // width, byte order mark, direction marks, variation selectors), then NFKC,
  // which makes full-width letters, ligatures, styled letters and other forms
  // of compatibility plain. Letters of another alphabet that look alike stay.
  bool unicode = false;
  // "case": Unicode's full case folding.
  bool letter_case = false;
  // "dashes": every dash and minus sign becomes '-', curly quotes straight.
  bool dashes = false;
  // "whitespace": white space in a row, non-breaking or not, becomes one blank;
  // none is left at the ends.
  bool whitespace = false;

  bool any() const { return unicode || letter_case || dashes || whitespace; }
};

// Throws: usage error, with near names, for another word or one given twice.
PlainSteps plain_steps(const std::vector<std::string>& names);

struct PlainForm {
  std::string text;
  // [bytes of `text`] Byte i stands for the bytes [begin[i], end[i]) of the
  // original: itself where nothing changed, else the whole characters that it
  // was made of. Neither list ever falls.
  std::vector<uint32_t> begin, end;
};

// The plain form of a plain form is itself. REQUIRES: valid UTF-8. Throws:
// input error above 4 GiB. Linear.
PlainForm plain_form(std::string_view text, const PlainSteps& steps);

}  // namespace lethe
