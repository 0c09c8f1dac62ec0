// Texts that a document's fields make, as lm-eval renders the texts of tasks:
// Jinja whose blocks leave white space alone and where an undefined name is an
// error (api/task.py and utils.py at 4e7e0d4). Bounded as chat templates are.
//
//   const auto prompt = DocumentTemplate::parse(
//       "Question: {{question}}\nAnswer:", "arc_easy.json: prompt");
//   prompt.render({{"question", "Why?"}});  // "Question: Why?\nAnswer:"
//
// More filters than in chats: regex_replace(pattern, text) by the syntax of
// tokenizer.json's expressions, without references to groups, and
// wikitext_detokenized.
#pragma once

#include <memory>
#include <string>

#include "harness/base/json.h"

namespace lethe {

struct ParsedDocument;  // where it stands, and its statements

// Immutable; may be used by several threads at once.
class DocumentTemplate {
 public:
  // Throws: input error "<where> line N: ..." on what is not supported.
  static DocumentTemplate parse(const std::string& text,
                                const std::string& where);

  // Throws: input error where a name is undefined or a bound is passed.
  std::string render(const OrderedJson& fields) const;

 private:
  std::shared_ptr<const ParsedDocument> parsed_;
};

// What an expression makes of the fields: "choices.label.index(answerKey)".
class DocumentExpression {
 public:
  // Throws: as above, and when the text is more than one expression.
  static DocumentExpression parse(const std::string& text,
                                  const std::string& where);

  // Lists for views and generators. Throws: as render, and when the value is
  // no JSON.
  OrderedJson evaluate(const OrderedJson& fields) const;

 private:
  std::shared_ptr<const ParsedDocument> parsed_;
};

}  // namespace lethe
