// Where the methods that work with other answers get them from.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/plugin/method.h"

namespace lethe {

using Answers = std::vector<std::string>;

// A hundred ways to say that one does not know. Our own wording: TOFU's list,
// or any other, is read with read_answers.
const Answers& refusals();

// The answers of a file: a JSON list of strings, or one a line, which is text,
// a JSON string or a JSON object with one string in it. Empty lines are left
// out. Throws: usage error if it is absent; input error with file and line for
// a line of another kind, bytes that are not UTF-8, or no answer at all.
Answers read_answers(const std::string& path);

// The answers of the option `file`, or refusals() when it is empty, for each of
// the forget texts.
std::vector<Answers> refusals_of_texts(const Context& context,
                                       const std::string& file);

// The other answers that a row itself has: a string or a list of strings in its
// `field`, or in "alternate" or "alternates" when `field` is empty. May be
// none. Throws: input error with file and line for a value of another kind.
Answers own_alternates(const Example& example, const std::string& field);

// The same for each of the forget texts. Throws: input error with file and line
// for a row that has none.
std::vector<Answers> alternates_of_rows(const Context& context,
                                        const std::string& field);

// What texts answer: the first of their references, or what comes after the
// middle of a text without a prompt. Empty for one without text.
Answers answers_of(const Examples& texts);

// The answers of the option `file`, or of the retain texts when it is empty.
// Throws: usage error when no retain text has one.
Answers normal_answers(const Context& context, const std::string& file);

struct AnswerDraw {
  size_t texts = 0;    // how many texts to draw for
  int64_t a_text = 0;  // distinct ones for each; fewer where there are fewer
  bool skips_own = false;  // text i never gets answer i
  std::string name;        // of the random stream
};

// Answers for each of some texts, drawn from `all`: the same in every run, so
// that rows can be made of them; what a step gets of them depends on the seed.
std::vector<Answers> draw_answers(const Answers& all, const AnswerDraw& draw);

}  // namespace lethe
