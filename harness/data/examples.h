// Texts as attacks and training see them, read from rows of any of the shapes
// that the command line documents.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/data/rows.h"
#include "harness/text/tokenizer.h"

namespace lethe {

// Another answer to an example's prompt, with the prompt before it.
struct OtherAnswer {
  std::vector<int64_t> ids;  // leading specials included
  int64_t score_from = 1;    // ids[score_from..] are the answer's
};

// One text with its tokens.
struct Example {
  std::string id;      // the row's, else its number from 0
  std::string split;   // name of the data split
  std::string where;   // "file:line"
  std::string text;    // the whole text; with a prompt: prompt + completion
  std::string prompt;  // empty unless the row has prompt or question
  std::vector<std::string> references;  // completions or answers
  std::optional<bool> member;
  std::vector<int64_t> ids;        // leading specials included
  int64_t leading = 0;             // how many of ids are leading specials
  int64_t trailing = 0;            // and specials behind the text
  int64_t score_from = 1;          // ids[score_from..] is what the row is about
  bool plain_text = false;         // special strings in the text are text
  std::string answer_template;     // what wraps an answer; empty: nothing
  bool boundary_mismatch = false;  // the prompt's ids are no prefix of all
  // Of rows with paraphrased_answer and perturbed_answer (TOFU's): the right
  // answer in other words (at most one), and wrong ones.
  std::vector<OtherAnswer> paraphrased, perturbed;
  std::optional<int64_t> prefix_tokens, suffix_tokens;  // the row's own
  Json fields;                                          // the row as read
};

using Examples = std::vector<Example>;

// How rows become texts.
struct ExampleOptions {
  std::string split;
  std::string prompt_template = "Question: {question}\nAnswer:";
  std::string answer_template = " {answer}";
  std::string question_field = "question";
  std::string answer_field = "answer";
  bool plain_text = false;  // special strings of the data stay text
};

// Rows with `ids` (leading specials added unless they are there or the row says
// "add_special_tokens": false), `text`, `prompt` (+ `completion`), or
// `question` + `answer`. `tokenizer` may be null when every row has ids.
// With a prompt, score_from is the length of the prompt's own encoding, as in
// lm-eval, but for specials that the tokenizer puts behind it. Throws: input
// error with file and line.
Examples make_examples(const std::vector<DataRow>& rows,
                       const Tokenizer* tokenizer,
                       const ExampleOptions& options);

// `answer` in place of the example's own, with its prompt before it. An example
// without a prompt is one in the first half of its own tokens, as
// second_half_from says. Throws: input error without a tokenizer.
OtherAnswer with_answer(const Example& example, const std::string& answer,
                        const Tokenizer* tokenizer);

// Where the second half of an example without a prompt begins, in its ids.
int64_t second_half_from(const Example& example);

// The hash of the ids of the items, and of what the model is asked.
std::string items_hash(const Examples& examples);
std::string prompt_hash(const Examples& examples);

// `pattern` with {field} replaced by the row's string at that field.
// Throws: input error when a field is missing.
std::string fill_template(const std::string& pattern, const DataRow& row);

}  // namespace lethe
