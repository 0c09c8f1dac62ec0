#include "harness/task/lm_eval_text.h"

#include <algorithm>
#include <cctype>

#include "harness/chat/document.h"
#include "harness/chat/lexer.h"
#include "harness/task/lm_eval_template.h"
#include "harness/text/regex.h"

namespace lethe {
namespace {

using Kind = YamlNode::Kind;

bool all_digits(const std::string& text) {
  return !text.empty() &&
         text.find_first_not_of("0123456789") == std::string::npos;
}

const std::string& text_of(const YamlNode& value, const std::string& where) {
  if (value.is(Kind::text)) return value.text;
  fail_input(where, "is " + value.shown(), "write a text");
}

// Names that mean something else here than the field of the row, and what is
// read otherwise than in Jinja.
void check_names(const std::string& text, const std::string& where) {
  chat::Meter meter(where, chat::Dialect::task);
  const std::vector<chat::Token> tokens = chat::tokens_of(text, meter);
  for (size_t i = 0; i < tokens.size(); ++i) {
    const chat::Token& token = tokens[i];
    if (token.kind != chat::TokenKind::name) continue;
    const bool member = i > 0 && tokens[i - 1].kind == chat::TokenKind::op &&
                        tokens[i - 1].text == ".";
    if (!member && (token.text == "doc" || token.text == "task")) {
      fail_input(where,
                 "uses the name " + token.text + ", which tasks give a meaning",
                 "rename the field in the data and here");
    }
    if (token.text == "regex_replace") {
      fail_input(where, "uses regex_replace, whose expressions are Python's",
                 "write what it makes into the data");
    }
  }
}

// The field of that name, or the text where there is none, rendered.
std::string field_or_text(const std::string& text) {
  const std::string name = jinja_text(text);
  return "doc[" + name + "] if " + name + " in doc else " +
         jinja_text(with_unix_lines(text));
}

bool in_brackets(const std::string& text) {
  return text.size() > 1 && text.front() == '[' && text.back() == ']';
}

bool has_shape(const std::string& text, const std::string& shape) {
  std::vector<Regex::Match> found;
  Regex("\\A" + shape + "\\z", {"task import", "list"}).find(text, &found);
  return !found.empty();
}

// A list of texts without escapes is the same one in Python and in Jinja.
bool lists_texts(const std::string& text) {
  const std::string quoted = R"((?:'[^'\\\n]*'|"[^"\\\n]*")[ \n]*)";
  return has_shape(text, R"(\[[ \n]*)" + quoted + R"((?:,[ \n]*)" + quoted +
                             R"()*(?:,[ \n]*)?\])");
}

// No quotes, digits or notes, but a word that is no constant: literal_eval
// fails.
bool lists_nothing(const std::string& text) {
  return has_shape(text, R"([^'"\\#0-9]*(?<![\p{L}_]))"
                         R"((?!(?:None|True|False)(?![\p{L}_]))[\p{L}_])"
                         R"([^'"\\#0-9]*)");
}

std::string field(const std::string& name) {
  const bool taken = name == "doc" || name == "task";
  return taken ? "doc['" + name + "']" : name;
}

std::string checked(std::string expression, const std::string& where) {
  DocumentExpression::parse(expression, where);
  return expression;
}

// What cannot be but a whole number: 'AB'.index(x.strip()).
bool is_whole(const std::string& expression) {
  for (const char* word : {"~", "|", "=", "<", ">", " if ", " or ", " and ",
                           " in ", "not ", "\n"}) {
    if (expression.find(word) != std::string::npos) return false;
  }
  const size_t call = expression.find(".index(");
  if (call == std::string::npos) return false;
  int open = 0;
  for (size_t i = call; i < expression.size(); ++i) {
    open += expression[i] == '(' ? 1 : expression[i] == ')' ? -1 : 0;
    if (open == 0 && expression[i] == ')') return i + 1 == expression.size();
  }
  return false;
}

}  // namespace

bool has_jinja(const std::string& text) {
  return text.find("{{") != std::string::npos ||
         text.find("{%") != std::string::npos ||
         text.find("{#") != std::string::npos;
}

bool names_field(const std::string& text) {
  for (const char* constant :
       {"true", "false", "none", "True", "False", "None"}) {
    if (text == constant) return false;
  }
  return !text.empty() &&
         std::isdigit(static_cast<unsigned char>(text[0])) == 0 &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return std::isalnum(c) != 0 || c == '_';
         });
}

std::string lm_eval_template(const YamlNode& value, const std::string& where) {
  const std::string& text = text_of(value, where);
  if (text.empty()) return text;
  std::string made;
  if (names_field(text)) {
    made = "{{" + field(text) + "}}";
  } else if (!has_jinja(text)) {
    made = "{{" + field_or_text(text) + "}}";
  } else {
    made = with_unix_lines(text);
    check_names(made, where);
  }
  DocumentTemplate::parse(made, where);
  return made;
}

std::string lm_eval_expression(const YamlNode& value,
                               const std::string& where) {
  const std::string& text = text_of(value, where);
  if (names_field(text)) return checked(field(text), where);
  if (!has_jinja(text)) return checked(field_or_text(text), where);
  const std::string whole = with_unix_lines(text);
  check_names(whole, where);
  DocumentTemplate::parse(whole, where);
  return checked(template_as_expression(whole, where), where);
}

std::string lm_eval_answer(const YamlNode& value, const std::string& where) {
  if (value.is(Kind::integer)) {
    if (value.integer >= 0) return std::to_string(value.integer);
    fail_input(where, "is " + value.shown(), "answers count from 0");
  }
  const std::string& text = text_of(value, where);
  if (all_digits(text)) return text;
  const std::string made = lm_eval_expression(value, where);
  if (!has_jinja(text) || is_whole(made)) return made;
  const bool simple = names_field(made) && !has_jinja(made);
  const std::string shown = (simple ? made : "(" + made + ")") + "|string";
  return checked(shown + "|int if (" + shown + ").isdigit() else " + shown,
                 where);
}

OrderedJson lm_eval_targets(const YamlNode& value, const std::string& where) {
  const std::string& text = text_of(value, where);
  if (has_jinja(text)) refuse_brackets(value, where);
  if (has_jinja(text) || !in_brackets(text)) {
    return lm_eval_expression(value, where);
  }
  if (lists_texts(text)) {
    return DocumentExpression::parse(text, where)
        .evaluate(OrderedJson::object());
  }
  if (!lists_nothing(text)) refuse_brackets(value, where);
  return lm_eval_expression(value, where);
}

void refuse_brackets(const YamlNode& value, const std::string& where) {
  if (!value.is(Kind::text) || !in_brackets(value.text)) return;
  fail_input(where, "is a text that Python reads as a list",
             "write {{[first, second]}}");
}

OrderedJson lm_eval_choices(const YamlNode& value, const std::string& where) {
  if (value.is(Kind::list) || value.is(Kind::map)) {
    OrderedJson texts = OrderedJson::array();
    std::vector<YamlNode> items = value.items;
    for (const auto& [key, item] : value.entries) items.push_back(item);
    for (const YamlNode& item : items) {
      texts.push_back(text_of(item, where));
    }
    return texts;
  }
  const std::string& text = text_of(value, where);
  if (names_field(text)) return checked(field(text), where);
  if (!has_jinja(text)) {
    // A Python list of texts is one in Jinja, too.
    const OrderedJson list =
        DocumentExpression::parse(text, where).evaluate(OrderedJson::object());
    if (list.is_array()) return list;
    fail_input(where, "\"" + printable(text, 60) + "\" is no list",
               "write a list of texts");
  }
  const std::string whole = with_unix_lines(text);
  check_names(whole, where);
  DocumentTemplate::parse(whole, where);
  const std::string one = only_expression(whole, where);
  if (one.empty()) {
    fail_input(where, "is a text that Python reads as a list",
               "write one expression: {{[first, second]}}");
  }
  return checked(one, where);
}

}  // namespace lethe
