// Texts of lm-eval's tasks as the templates and expressions of Lethe's. There a
// text is rendered and what it looks like decides: the name of a field is the
// field, digits are a place, [..] is a Python list (api/task.py, doc_to_text,
// doc_to_target, doc_to_choice). Here all of that is said beforehand.
#pragma once

#include <string>

#include "harness/base/json.h"
#include "harness/data/yaml.h"

namespace lethe {

// A template: `question` becomes "{{question}}". `where` names the place and
// the key. Each throws an input error on what the Jinja of tasks does not read
// (harness/chat/document.h), and on regex_replace, whose expressions are
// others.
std::string lm_eval_template(const YamlNode& value, const std::string& where);

// An expression with the value of the text: that of "{{answer.aliases}}" is a
// list, that of "A {{b}}" a text. No statements but if, elif and else.
std::string lm_eval_expression(const YamlNode& value, const std::string& where);

// The place of the right choice from 0, or its text. A text that is the name of
// a field is the field's value, whatever it looks like.
std::string lm_eval_answer(const YamlNode& value, const std::string& where);

// A list of texts, or an expression that is one.
OrderedJson lm_eval_choices(const YamlNode& value, const std::string& where);

// The right answers of a task that generates: the value, or, of a text that
// Python reads as a list of texts, ['x', 'ab'], that list. Throws: input error
// on other texts in brackets that may be lists.
OrderedJson lm_eval_targets(const YamlNode& value, const std::string& where);

// Throws: input error when the text stands in brackets, which lm-eval reads as
// a list, and writes as Python does, once it is rendered.
void refuse_brackets(const YamlNode& value, const std::string& where);

// Whether the text is the name of a field, not a template. The constants of
// Jinja (true, None) are none.
bool names_field(const std::string& text);

// Whether the text has Jinja. Without, it is a field of that name where there
// is one, else itself.
bool has_jinja(const std::string& text);

}  // namespace lethe
