// Other answers that a model writes itself.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/plugin/attack.h"
#include "methods/answers.h"

namespace lethe {

struct WritingOptions {
  int64_t written = 5;     // answers for each text, >= 1
  double temperature = 1;  // > 0
  int64_t top_k = 0;       // 0: all tokens
  int64_t max_new_tokens = 200;
  int64_t seed = 0;
  // What the model is asked: {question} and {answer} are a row's prompt and
  // answer, or the two halves of a text without a prompt.
  std::string prompt, text_prompt;
};

// For each text what the model goes on with, up to its end of text or a next
// "Question:" or "Q:", without blanks at the ends and without empty ones. The
// same whatever the batches. Throws: input error when a prompt leaves no room
// in the window; runtime error when nothing but empty answers come.
std::vector<Answers> write_answers(const Target& model, const Examples& texts,
                                   const WritingOptions& options);

// The same by the model that the context's method starts from, which is opened
// for it.
std::vector<Answers> write_answers(const Context& context,
                                   const Examples& texts,
                                   const WritingOptions& options);

// Leaves the forget texts' other answers in the out folder, a row
// {"id", "alternates"} each, in alternates.jsonl.
void keep_alternates(const Context& context, const std::vector<Answers>& all);

}  // namespace lethe
