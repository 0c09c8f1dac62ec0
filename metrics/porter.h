// The Porter stemmer in the form that rouge_score uses.
#pragma once

#include <string>
#include <string_view>

namespace lethe {

// The stem of a word of lower-case ASCII letters and digits. Words of one or
// two letters are their own stems. Equal to the default mode of NLTK 3.10.4's
// PorterStemmer, which departs from the algorithm of 1980 in a few rules;
// porter.cpp names each.
std::string porter_stem(std::string_view word);

}  // namespace lethe
