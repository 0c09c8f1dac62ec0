// Templates that come with a download cannot hang, crash or fill the memory.
#include <gtest/gtest.h>

#include "harness/base/error.h"
#include "harness/chat/template.h"

namespace lethe {
namespace {

std::string refusal(const std::string& text) {
  try {
    ChatTemplate::parse(text, "chat template")
        .render(OrderedJson::parse(R"([{"role": "user", "content": "x"}])"));
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_code(), 3) << text.substr(0, 60);
    return error.what();
  }
  ADD_FAILURE() << "rendered: " << text.substr(0, 60);
  return "";
}

void expect_refused(const std::string& text, const std::string& words) {
  const std::string message = refusal(text);
  EXPECT_NE(message.find(words), std::string::npos) << message;
}

TEST(ChatBounds, OutputStepsItemsAndCallsAreLimited) {
  expect_refused("{{ 'x' * 10**12 }}", "16777216 bytes");
  expect_refused("{{ 'abc'|indent(10**9) }}", "16777216 bytes");
  expect_refused(
      "{% set ns = namespace(s='a') %}{% for i in range(60) %}"
      "{% set ns.s = ns.s + ns.s %}{% endfor %}{{ ns.s }}",
      "16777216 bytes");
  expect_refused("{% for i in range(10**9) %}x{% endfor %}", "Range too big");
  expect_refused("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "levels");
  expect_refused(
      "{{ " + std::string(5000, '(') + "1" + std::string(5000, ')') + " }}",
      "nested deeper than");
}

TEST(ChatBounds, IntegersDoNotOverflow) {
  for (const char* text :
       {"{{ 9223372036854775807 + 1 }}", "{{ -9223372036854775807 - 10 }}",
        "{{ 9223372036854775807 * 9 }}", "{{ 2 ** 5000 }}",
        "{{ (-9223372036854775807 - 1) // -1 }}",
        "{{ range(0, 9000000000000000000, 90000000000000)[::1000000] }}",
        "{{ range(0, 9223372036854775807, 4611686018427387904)[5:] }}"}) {
    expect_refused(text, "64 bits");
  }
  EXPECT_EQ(ChatTemplate::parse("{{ range(-9223372036854775807, "
                                "9223372036854775807, 4000000000000000000)"
                                "[4] }}",
                                "template")
                .render_variables(OrderedJson::object()),
            "6776627963145224193");
  expect_refused("{{ 1 // 0 }}", "by zero");
  expect_refused("{{ 1 % 0 }}", "by zero");
  expect_refused("{{ [1, 2][::0] }}", "cannot be zero");
}

TEST(ChatBounds, TheLargestAndSmallestNumbersAreShown) {
  const std::pair<const char*, const char*> shown[] = {
      {"{{ 1.7976931348623157e308 }}", "1.7976931348623157e+308"},
      {"{{ 5e-324 }}", "5e-324"},
      {"{{ 1e-310 / 3 }}", "3.333333333333e-311"},
      {"{{ 1e999 }}", "inf"},
      {"{{ 1e-999 }}", "0.0"},
      {"{{ '1e999' | float }}", "inf"}};
  for (const auto& [text, number] : shown) {
    EXPECT_EQ(ChatTemplate::parse(text, "chat template")
                  .render_variables(OrderedJson::object()),
              number);
  }
}

TEST(ChatBounds, BasesThatDoNotExistGiveTheDefault) {
  for (const char* base : {"1", "37", "-1", "4294967306"}) {
    EXPECT_EQ(ChatTemplate::parse(
                  std::string("{{ 'zz' | int(7, ") + base + ") }}", "template")
                  .render_variables(OrderedJson::object()),
              "7")
        << base;
  }
}

TEST(ChatBounds, NamesThatAreLookedThroughCount) {
  std::string names, values;
  for (int i = 0; i < 30'000; ++i) {
    names += fmt::format("{{% set a{} = 1 %}}", i);
    values += fmt::format("{{% set ns.a{} = 1 %}}", i);
  }
  expect_refused(names, "steps");
  expect_refused("{% set ns = namespace() %}" + values, "steps");
}

TEST(ChatBounds, ReadingAndSearchingLongTextsCounts) {
  const std::string texts =
      "{% set a = 'x' * 1000 * 15000 %}{% set b = 'x' * 1000 * 15000 %}"
      "{% set part = 'x' * 1000 * 4000 ~ 'y' %}";
  for (const std::string each :
       {"a == b", "a < b", "a.count('y')", "a.find('y')", "a.startswith('y')",
        "a | length"}) {
    expect_refused(texts + "{% for i in range(9999) %}{% set c = " + each +
                       " %}{% endfor %}",
                   "steps");
  }
  for (const std::string once : {"part in a", "a.find(part)", "a.count(part)",
                                 "a.split(part)", "a | replace(part, '')"}) {
    expect_refused(texts + "{% set c = " + once + " %}", "steps");
  }
}

TEST(ChatBounds, ValuesHaveNoInsides) {
  expect_refused("{{ ''.__class__ }}", "__class__");
  expect_refused("{{ messages.__init__.__globals__ }}", "__init__");
}

TEST(ChatBounds, WhatHasNoEndIsNamedWithItsLine) {
  expect_refused("a\n\n{% if", "line 3");
  expect_refused("{{ 'a", "string has no end");
  expect_refused("{# x", "comment has no end");
  expect_refused("{%- raw %}{{", "raw block has no end");
  expect_refused("{{ x|xmlattr }}", "xmlattr");
}

}  // namespace
}  // namespace lethe
