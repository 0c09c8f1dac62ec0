// What model editing changes: a prompt, the token of it that an MLP looks the
// answer up at, and what is to be said behind it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/data/examples.h"
#include "harness/text/tokenizer.h"
#include "methods/answers.h"

namespace lethe {

using Ids = std::vector<int64_t>;

struct Fact {
  std::string id;           // of its row
  std::string where;        // "file:line"
  std::string subject;      // empty: none was found or looked for
  Ids prompt;               // leading specials included
  int64_t leading = 0;      // how many of them are leading specials
  int64_t key = 0;          // place of the token that is edited
  Ids target;               // what comes behind the prompt
  Ids essence;              // "{subject} is a"; empty without a subject
  int64_t essence_key = 0;  // place of the subject's last token in it
  bool looked_for = false;  // the subject is none that the row gives
};

struct FactOptions {
  std::string target = "refusal";      // or "erase"
  std::string token = "subject_last";  // or "last"
  std::string name;                    // of the method, for what is drawn
  Answers answers;                     // refusals to draw from
};

// A fact for each text, those with a prompt that came before left out. The
// prompt is the row's, else the first half of its text.
//
// The target is with "refusal" one of the answers, the same in every run, with
// "erase" the text's own answer (its second half without a prompt).
//
// The subject is the row's field `subject`, else the longest name that the
// words with capital letters of the prompts make up (harness/anchors/names.h;
// the last of equally long ones), looked for in the longest field that the
// prompt is made of. The key token is the subject's last one. Without a name,
// for rows without text and with "last" it is the prompt's last token.
//
// `tokenizer` may be null for rows that have ids, with "erase".
// Throws: input error with file and line for a text without an answer to erase,
// a subject that its prompt lacks, and tokens that do not spell the text.
std::vector<Fact> facts_of(const Examples& texts, const Tokenizer* tokenizer,
                           const FactOptions& options);

// The fact with its prompt cut from the left so that `prefix` more tokens, the
// prompt and the target, itself cut to half of it, fit a window. A subject that
// was looked for and would be cut off is none: the key token is the last then.
// Throws: input error when another key token would be cut off.
Fact fitted(Fact fact, int64_t window, int64_t prefix);

// The longest name of each text, empty where there is none. For facts_of().
std::vector<std::string> longest_names(const std::vector<std::string>& texts);

}  // namespace lethe
