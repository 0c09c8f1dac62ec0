// A rubric: a property that a completion has or not, as data.
//
//   {"rubric": "refusal", "version": 1, "description": "one line",
//    "verdicts": [{"name": "refusal", "answer": "Yes"},
//                 {"name": "answer", "answer": "No"}],
//    "prompt": "Question: {prompt}\nReply: {output}\nDoes the reply refuse?",
//    "delimiter": " ",
//    "labels": {"refusal": ["rejection"], "answer": ["normal"]},
//    "rules": [{"verdict": "refusal", "pattern": "\\bi cannot\\b",
//               "ignore_case": true},
//              {"verdict": "refusal", "contains": "secret"},
//              {"verdict": "answer", "measures": {"words": [null, 0]}}],
//    "otherwise": "answer"}
//
// The first verdict is the property; a rate counts it. A rubric has rules (with
// otherwise), a prompt (with an answer a verdict), labels, or several of them.
//
// Rules are tried in order and the first that holds decides, so that exceptions
// stand before what they are exceptions of. A rule holds when all that it
// says holds:
//   pattern   found in the text; the expressions of harness/text/regex.h, of
//             bounded size and steps; with ignore_case the text is read in
//             small letters, with ' for a typographic apostrophe, and the
//             expression is written so
//   contains  the row's text (or one of its list) in that field is in the text,
//             case, runs of white space, quotation marks at its ends and what
//             ends a sentence aside, and not as a part of a longer word ("7" is
//             not in "1987"; in scripts that are written without spaces, and in
//             Korean, anywhere); a row without the field is an error, an empty
//             text is in nothing
//   measures  each within [low, high], null: no bound (text_measures.h)
//   in        which text: "output" (default), its "beginning" (the first
//             sentence, of at most 200 characters) or "prompt"
//
// The prompt's {prompt}, {output}, {reference} and other fields are the row's;
// what stands in them is never read as part of the template.
//
// The labels are those of sequence classifiers that may judge, for each verdict
// at least one, whatever their case; a classifier need not have all of them.
#pragma once

#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "harness/base/json.h"
#include "harness/text/regex.h"

namespace lethe {

struct Range {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
};

struct Rule {
  size_t verdict = 0;  // of Rubric::verdicts
  std::optional<Regex> pattern;
  bool ignore_case = false;
  std::string contains;
  std::map<std::string, Range> measures;
  std::string in = "output";
  std::string because;  // the rule in words, for the judged row
};

struct Verdict {
  std::string name;
  std::string answer;  // what a model says for it; empty without a prompt
  // What classifiers call it, in small letters; empty: the rubric has none.
  std::vector<std::string> labels = {};
};

struct Rubric {
  std::string name;
  int64_t version = 1;
  std::string description;
  std::vector<Verdict> verdicts;  // at least two; the first is the property
  std::string prompt;             // empty: none
  std::string delimiter = " ";    // between prompt and answer, not in chats
  std::vector<Rule> rules;
  std::optional<size_t> otherwise;  // without rules: none
  std::string hash;                 // of the canonical form

  // Throws: usage error at `where`, with near names.
  size_t verdict(const std::string& wanted, const std::string& where) const;

  bool has_labels() const { return !verdicts.front().labels.empty(); }
  // Of a classifier's label, whatever its case; none if no verdict has it.
  std::optional<size_t> verdict_of_label(const std::string& label) const;
};

// Throws: usage error with the key at `where` on unknown keys, wrong types,
// verdicts that are not there, and expressions that cannot be read.
Rubric rubric_from_json(const Json& json, const std::string& where);

// The rubric of a file (JSON with comments), or of a name in rubrics/ of the
// suites that ship with the program. Throws: as above; usage error with near
// names.
Rubric read_rubric(const std::string& file_or_name);

}  // namespace lethe
