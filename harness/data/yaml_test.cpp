// YAML as PyYAML reads it, and what is refused.
#include "harness/data/yaml.h"

#include <gmock/gmock.h>

#include "harness/base/error.h"

namespace lethe {
namespace {

using Kind = YamlNode::Kind;
using testing::HasSubstr;

YamlNode value(const std::string& text) {
  return *parse_yaml("key: " + text + "\n", "t.yaml").find("key");
}

std::string refusal(const std::string& text) {
  try {
    parse_yaml(text, "t.yaml");
  } catch (const Error& error) {
    EXPECT_EQ(error.fault(), Fault::input);
    return error.what();
  }
  return "is read";
}

TEST(Yaml, PlainScalarsAreThoseOfYaml11) {
  for (const char* word : {"no", "Off", "false"}) {
    EXPECT_TRUE(value(word).is(Kind::boolean)) << word;
    EXPECT_EQ(value(word).integer, 0) << word;
  }
  EXPECT_EQ(value("yes").integer, 1);
  EXPECT_TRUE(value("y").is(Kind::text));
  EXPECT_EQ(value("010").integer, 8);
  EXPECT_EQ(value("-1_000").integer, -1000);
  EXPECT_EQ(value("0x1f").integer, 31);
  EXPECT_EQ(value("0b101").integer, 5);
  EXPECT_DOUBLE_EQ(value("1.50").real, 1.5);
  EXPECT_DOUBLE_EQ(value("1.0e-3").real, 0.001);
  EXPECT_EQ(value("+1_").integer, 1);
  EXPECT_EQ(value("-0x_1f").integer, -31);
  EXPECT_DOUBLE_EQ(value("-1_0._5").real, -10.5);
  EXPECT_DOUBLE_EQ(value(".5_0").real, 0.5);
  EXPECT_LT(value("-.inf").real, -1e300);
  for (const char* word :
       {"1e3", "1.0e3", "08",    "1.2.3", "02:00",   "-x",    "a:b",
        "_1",  "+_1",   "0x-1",  "0b-1",  "0x_-1",   "0_x1",  "0_b1",
        "-.5", "+.5",   "._5",   "_.5",   "1.0e+_3", ".i_nf", "-.nan",
        "0x",  "1__e3", "-0o17", "1-2-3", "2001-1-1"}) {
    EXPECT_TRUE(value(word).is(Kind::text)) << word;
  }
  for (const char* word : {"~", "null", "", "!!null x"}) {
    EXPECT_TRUE(value(word).is(Kind::null)) << word;
  }
  EXPECT_TRUE(value("'no'").is(Kind::text));
  EXPECT_EQ(value("!!str 1").text, "1");
}

TEST(Yaml, TextsKeepTheirLines) {
  EXPECT_EQ(value("\"a\\\n  \\ b\\n\"").text, "a b\n");
  EXPECT_EQ(value(">-\n  a\n  b\n\n  c").text, "a b\nc");
  // Blank lines at the end of "|+" and inside of quotes are kept.
  EXPECT_EQ(value("|+\n  a\n\n").text, "a\n\n\n");
  EXPECT_EQ(value("'a\n\n\n  b'").text, "a\n\nb");
}

TEST(Yaml, ValuesKnowTheirLines) {
  const YamlNode root = parse_yaml("a: 1\nb:\n  - x\n  - {c: 2}\n", "t.yaml");
  EXPECT_EQ(root.find("a")->where, "t.yaml:1");
  EXPECT_EQ(root.find("b")->items[1].find("c")->where, "t.yaml:4");
  EXPECT_EQ(root.find("absent"), nullptr);
}

TEST(Yaml, CodeIsKeptAsItsName) {
  const YamlNode code = value("!function utils.process");
  EXPECT_TRUE(code.is(Kind::tagged));
  EXPECT_EQ(code.shown(), "!function utils.process");
}

TEST(Yaml, AliasesAreCopies) {
  const YamlNode root = parse_yaml("a: &x [1, 2]\nb: *x\n", "t.yaml");
  EXPECT_EQ(root.find("b")->items.size(), 2u);
}

TEST(Yaml, AliasesThatMultiplyAreRefused) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    bomb += fmt::format("a{0}: &a{0} [", i);
    for (int k = 0; k < 9; ++k) bomb += fmt::format("*a{}, ", i - 1);
    bomb += "]\n";
  }
  EXPECT_THAT(refusal(bomb), HasSubstr("more than 20000 values"));
  // Few values, but long ones.
  std::string longs = "a: &a " + std::string(100'000, 'x') + "\nb: [";
  for (int i = 0; i < 1000; ++i) longs += "*a, ";
  EXPECT_THAT(refusal(longs + "]\n"), HasSubstr("more than 20000 values"));
  EXPECT_THAT(refusal("a: &a [1, *a]\n"), HasSubstr("no value before it"));
}

TEST(Yaml, WhatIsNoDataIsRefused) {
  EXPECT_THAT(refusal(std::string(70, '[')),
              HasSubstr("nested deeper than 64"));
  EXPECT_THAT(refusal(std::string(200'000, '[')), HasSubstr("nested deeper"));
  EXPECT_THAT(refusal("a: 1\nb: 2\na: 3\n"),
              HasSubstr("t.yaml:3: the key a stands there twice (t.yaml:1)"));
  EXPECT_THAT(refusal("a: !!python/object:os.system x\n"),
              HasSubstr("the tag"));
  EXPECT_THAT(refusal("a: !new [x]\n"), HasSubstr("the tag !new"));
  EXPECT_THAT(refusal("a: &a {b: 1}\nc:\n  <<: *a\n"), HasSubstr("merge key"));
  EXPECT_THAT(refusal("[1, 2]: 3\n"), HasSubstr("a list or map is a key"));
  EXPECT_THAT(refusal("a: [1\nb: 2\n"), HasSubstr("t.yaml:2: is no YAML"));
  EXPECT_THAT(refusal("a: 1\n---\nb: 2\n"), HasSubstr("several documents"));
  EXPECT_THAT(refusal("# nothing\n"), HasSubstr("holds nothing"));
  EXPECT_THAT(refusal("a: 2001-12-14\n"), HasSubstr("is a date"));
  EXPECT_THAT(refusal("a: 1:30\n"), HasSubstr("is a date or a time"));
  EXPECT_THAT(refusal("a: -1:30.5\n"), HasSubstr("is a date or a time"));
  EXPECT_THAT(refusal("a: 2001-1-1 1:00:00 Z\n"), HasSubstr("is a date"));
  EXPECT_THAT(refusal("a: 99999999999999999999\n"), HasSubstr("64 bits"));
  EXPECT_THAT(refusal("a: 0x_\n"), HasSubstr("64 bits"));
  EXPECT_THAT(refusal("a: \xff\n"), HasSubstr("not UTF-8"));
  EXPECT_THAT(refusal(std::string(kMaxYaml + 1, 'x')), HasSubstr("bytes"));
}

}  // namespace
}  // namespace lethe
