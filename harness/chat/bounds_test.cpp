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
        "{{ (-9223372036854775807 - 1) // -1 }}"}) {
    expect_refused(text, "64 bits");
  }
  expect_refused("{{ 1 // 0 }}", "by zero");
  expect_refused("{{ 1 % 0 }}", "by zero");
  expect_refused("{{ [1, 2][::0] }}", "cannot be zero");
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
