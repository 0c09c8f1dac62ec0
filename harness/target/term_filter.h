// Does a text hold one of some terms?
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lethe {

// Terms stand in a text as whole words, whatever plain_form (harness/text)
// makes equal: case, width and form of the letters, kind of apostrophes and
// dashes, white space between words, what is not seen (soft hyphens). "draw" is
// in "The DRAW's crank" and not in "drawer". A
// border is needed only beside a letter, mark or digit of a script that puts
// spaces between words. Text that is not UTF-8 is repaired first.
class TermFilter {
 public:
  // Throws: usage error for a term without a letter or digit.
  explicit TermFilter(const std::vector<std::string>& terms);

  // The first of the terms, in the order given, that the text holds, as it was
  // given; empty: none. O(terms x bytes).
  std::string found_in(const std::string& text) const;

 private:
  std::vector<std::string> terms_, normal_;
};

}  // namespace lethe
