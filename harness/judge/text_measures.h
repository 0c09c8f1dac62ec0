// Numbers that tell text from noise, of any language.
#pragma once

#include <string>
#include <vector>

namespace lethe {

// Their names, in the order of the text below:
//   characters         code points
//   words              runs without white space
//   letters            share of the characters that are no white space that are
//                      letters, marks or digits, where a run of another one
//                      (a rule of dashes, dot leaders) counts once; 0 without
//                      any
//   repeated_trigrams  share of the runs of three words, those without a letter
//                      or digit left out, that stood there before; 0 for fewer
//                      than three words
//   longest_run        the most equal letters in a row, white space aside
//   distinct           distinct letters, marks and digits over them, of the
//                      poorest 100 in a row (of all where there are fewer); 1
//                      without any
const std::vector<std::string>& text_measures();

// REQUIRES: a name of the list, valid UTF-8. O(n log n) in the bytes.
double text_measure(const std::string& name, const std::string& text);

}  // namespace lethe
