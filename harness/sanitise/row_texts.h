// The texts inside a row of training data, where they stand.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/base/json.h"

namespace lethe {

// Names of fields that hold texts, beside those that every reader knows.
struct TextNames {
  std::string question = "question";
  std::string answer = "answer";
  std::vector<std::string> more = {};  // that training reads too
};

// One string of a row.
struct RowField {
  std::string name;   // "text", "answer[2]", "messages[0].content"
  std::string* text;  // inside the row
  bool learnt;        // is part of what training reads
};

// A row by its texts. The row must outlive it and stay where it is.
struct RowTexts {
  std::string id;        // the row's, else its number
  std::string where;     // "file:line"
  bool control = false;  // "member": 0
  std::vector<RowField> fields;
  std::vector<int64_t> ids;  // of a row that is given as token ids
};

// What training reads: ids, else the text, else prompt and completion, else
// question and answer, else the contents of messages, each with `more`; other
// texts (paraphrased_answer, perturbed_answer) are in `fields` too.
// Throws: input error with `where` for a row without any, a field of another
// type, and labels that are none.
RowTexts row_texts(Json& row, const std::string& where, const TextNames& names);
RowTexts row_texts(OrderedJson& row, const std::string& where,
                   const TextNames& names);

}  // namespace lethe
