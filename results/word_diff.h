// Two texts word by word: what both have in order, and what one alone has.
#pragma once

#include <string>
#include <vector>

namespace lethe {

struct DiffWord {
  std::string word;    // as it is: escape it
  bool alone = false;  // only this text has it here
};

struct WordDiff {
  std::vector<DiffWord> before, after;
  bool cut = false;  // a text was longer than the words compared
};

// By a longest common subsequence of the words between white space, of the
// first `most` words of each; a line break is a word of its own ("\n").
// O(most^2) time.
WordDiff word_diff(const std::string& before, const std::string& after,
                   size_t most = 200);

// The words as safe HTML; neighbours that are alone stand together in <TAG>.
std::string diff_html(const std::vector<DiffWord>& words,
                      const std::string& tag);

}  // namespace lethe
