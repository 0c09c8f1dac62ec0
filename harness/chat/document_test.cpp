// Texts of tasks: what lm-eval's Jinja environment makes of them.
#include "harness/chat/document.h"

#include <gtest/gtest.h>

#include "harness/base/error.h"

namespace lethe {
namespace {

std::string rendered(const std::string& text, const OrderedJson& fields) {
  return DocumentTemplate::parse(text, "task: prompt").render(fields);
}

OrderedJson value(const std::string& text, const OrderedJson& fields) {
  return DocumentExpression::parse(text, "task: answer").evaluate(fields);
}

std::string refusal(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_code(), 3);
    return error.what();
  }
  return "";
}

TEST(Document, KeepsWhiteSpaceThatChatTemplatesLose) {
  EXPECT_EQ(rendered("Name: {{a}}\n\n", {{"a", "x"}}), "Name: x\n\n");
  EXPECT_EQ(rendered("{% if true %}\n  yes\n{% endif %}\n", {}), "\n  yes\n\n");
}

TEST(Document, UndefinedNamesAreErrors) {
  EXPECT_NE(refusal([] {
              rendered("{{a}}", {{"b", 1}});
            }).find("'a'"),
            std::string::npos);
  EXPECT_NE(refusal([] { value("a", {{"b", 1}}); }), "");
  EXPECT_NE(refusal([] { rendered("{{'x' ~ a}}", {}); }), "");
  EXPECT_EQ(rendered("{{a is defined}}", OrderedJson::object()), "False");
}

TEST(Document, ExpressionsGiveValues) {
  const OrderedJson row = {
      {"choices", {{"text", {"p", "q"}}, {"label", {"A", "B"}}}}, {"key", "B"}};
  EXPECT_EQ(value("choices.label.index(key)", row), 1);
  EXPECT_EQ(value("choices.text", row), OrderedJson({"p", "q"}));
  EXPECT_EQ(value("choices.text|map('upper')", row), OrderedJson({"P", "Q"}));
  EXPECT_EQ(value("choices.keys()|list", row), OrderedJson({"text", "label"}));
  EXPECT_EQ(value("''|int(-1)", row), -1);
  EXPECT_NE(refusal([] { value("1 }}{{ 2", {}); }), "");
  EXPECT_NE(refusal([&] { value("choices.label.index('Z')", row); }), "");
}

TEST(Document, RegexReplaceIsOfTasksOnly) {
  EXPECT_EQ(rendered("{{a|regex_replace('\\\\[.*?\\\\]', '')}}",
                     {{"a", "one [two] three [four]"}}),
            "one  three ");
  EXPECT_EQ(rendered("{{a|regex_replace('o', '0', 1)}}", {{"a", "oo"}}), "0o");
  EXPECT_NE(refusal([] {
              rendered("{{a|regex_replace('(o)', '\\\\1')}}", {{"a", "o"}});
            }).find("references to groups"),
            std::string::npos);
}

TEST(Document, DigitsAreThoseOfPython) {
  const auto is_digit = [](const std::string& text) {
    return rendered("{{a.isdigit()}}", {{"a", text}});
  };
  for (const char* text : {"12", "\u00b2", "\u0663"}) {
    EXPECT_EQ(is_digit(text), "True") << text;
  }
  for (const char* text : {"", "-1", "1.0", "1 ", "\u00bd", "IV"}) {
    EXPECT_EQ(is_digit(text), "False") << text;
  }
}

TEST(Document, WikitextIsDetokenized) {
  const auto plain = [](const std::string& text) {
    return rendered("{{a|wikitext_detokenized}}", {{"a", text}});
  };
  EXPECT_EQ(
      plain(" = The Ferry = \n \n It sailed in 1 @,@ 204 days ( or so ) . "
            "\n"),
      " = The Ferry =\n\nIt sailed in 1,204 days (or so).\n");
  EXPECT_EQ(plain("a well @-@ known \" old \" boat , 3 @.@ 5 m : 2 "),
            "a well-known \"old\" boat, 3.5 m: 2 ");
  EXPECT_EQ(plain("the sailors ' songs"), "the sailors' songs");
  EXPECT_EQ(plain("an open ( bracket"), "an open ( bracket");
  EXPECT_EQ(plain("= = = Two = = ="), "=== Two ===");
}

}  // namespace
}  // namespace lethe
