// What of a generated text is the answer, and whether it is right.
#pragma once

#include <string>
#include <vector>

#include "harness/task/task.h"

namespace lethe {

// Whether the text has one of `until` in it.
bool ends_answer(const std::string& text,
                 const std::vector<std::string>& until);

// The text up to the first of `until`.
std::string answer_text(const std::string& text,
                        const std::vector<std::string>& until);

// What an expression finds in the text; "[invalid]" when it finds nothing, as
// in lm-eval (filters/extraction.py).
std::string extracted(const std::string& text, const MatchRule::Extract& rule);

// 1 when the text is one of the targets after what the rule ignores is gone
// from both (lm-eval's exact_match), else 0.
double exact_match(const std::string& text,
                   const std::vector<std::string>& targets,
                   const MatchRule& rule);

}  // namespace lethe
