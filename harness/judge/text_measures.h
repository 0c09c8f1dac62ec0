// Numbers that tell text from noise, of any language.
#pragma once

#include <string>
#include <vector>

namespace lethe {

// Their names, in the order of the text below:
//   characters         code points
//   words              runs without white space
//   letters            share of the characters that are no white space that are
//                      letters, marks or digits; 0 without any
//   repeated_trigrams  share of the runs of three words that stood there
//                      before; 0 for fewer than three words
//   longest_run        the most equal characters in a row, white space aside
//   distinct           distinct characters over characters, white space aside
const std::vector<std::string>& text_measures();

// REQUIRES: a name of the list, valid UTF-8. O(n log n) in the bytes.
double text_measure(const std::string& name, const std::string& text);

}  // namespace lethe
