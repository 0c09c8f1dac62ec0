// A classifier of texts that has never seen a model: logistic regression on the
// words of a text and its length.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace lethe {

struct LabelledText {
  std::vector<std::string> words;
  double length = 0;  // characters, or tokens
  bool member = false;
};

// The words of a text: runs of letters, marks and digits in lower case; Chinese
// and Japanese characters, which no space divides, one by one.
std::vector<std::string> words_of(const std::string& text);

// The log-odds of being a member that a classifier trained on `training` gives
// each of `texts`. Features of a text: which words it has, each 1/sqrt(words),
// of those in two training texts or more, and the logarithms of its length and
// number of words (each + 1), standardised; L2 with C = 1, as scikit-learn's
// default, to 1e-3. REQUIRES: both classes in `training`.
std::vector<double> log_odds(const std::vector<LabelledText>& training,
                             const std::vector<LabelledText>& texts);

// The log-odds of each text by a classifier that was trained on the other
// folds, in order. Folds are stratified, drawn with `seed`; equal texts share
// one, whichever class they are of. NaN for all when a class has fewer than two
// different texts: then nothing can be held out. Deterministic. REQUIRES: folds
// >= 2.
std::vector<double> held_out_log_odds(const std::vector<LabelledText>& texts,
                                      int64_t folds, uint64_t seed);

}  // namespace lethe
