// Expressions of Python's re: the same matches; expected ones are
// Python 3.11's.
#include "harness/task/python_regex.h"

#include <gmock/gmock.h>

#include "harness/base/error.h"
#include "harness/text/regex.h"

namespace lethe {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> found(const std::string& expression,
                               const std::string& text) {
  std::vector<Regex::Match> matches;
  Regex(expression, {"test", "expression"}).find(text, &matches);
  std::vector<std::string> texts;
  for (const auto& match : matches) {
    texts.push_back(text.substr(match.start, match.end - match.start));
  }
  return texts;
}

std::vector<std::string> whole(const std::string& pattern,
                               const std::string& text) {
  return found(from_python_regex(pattern, "t"), text);
}

std::string first(const std::string& pattern, const std::string& text) {
  const auto all = found(from_python_findall(pattern, false, "t"), text);
  return all.empty() ? "[none]" : all.front();
}

std::string last(const std::string& pattern, const std::string& text) {
  const auto all = found(from_python_findall(pattern, true, "t"), text);
  return all.empty() ? "[none]" : all.back();
}

std::string refusal(const std::string& pattern, bool of_last = false) {
  try {
    return "is read as " + from_python_findall(pattern, of_last, "t.yaml:3");
  } catch (const Error& error) {
    return error.what();
  }
}

TEST(PythonRegex, AnchorsAreThoseOfTheWholeText) {
  EXPECT_THAT(whole("^a", "a\na"), ElementsAre("a"));
  EXPECT_THAT(whole("a$", "a\na\n"), ElementsAre("a"));
  EXPECT_THAT(whole("a$", "a\nb"), ElementsAre());
  EXPECT_THAT(whole("a\\Z", "a\n"), ElementsAre());
  EXPECT_THAT(whole("a.", "a\na1"), ElementsAre("a1"));
  EXPECT_THAT(whole("(?s)a.", "a\na1"), ElementsAre("a\n", "a1"));
  EXPECT_THAT(whole("(?i)ab", "aB"), ElementsAre("aB"));
}

TEST(PythonRegex, WordsHaveNoMarks) {
  // e + combining acute: no letter to Python.
  EXPECT_THAT(whole("\\w+", "e\u0301a b_1"), ElementsAre("e", "a", "b_1"));
  EXPECT_THAT(whole("\\bno\\b", "no nothing"), ElementsAre("no"));
  EXPECT_THAT(whole("[^\\w ]", "a-b "), ElementsAre("-"));
}

TEST(PythonRegex, ClassesHoldBracketsAndSigns) {
  EXPECT_THAT(whole("[][]", "a[]"), ElementsAre("[", "]"));
  EXPECT_THAT(whole("[a&&b]+", "a&b c"), ElementsAre("a&b"));
  EXPECT_THAT(whole("[a\\-c]+", "a-cb"), ElementsAre("a-c"));
  EXPECT_THAT(whole("[-$0-9.,]{2,}", "x -$1,2 3"), ElementsAre("-$1,2"));
  EXPECT_THAT(whole("a{,2}b", "aab"), ElementsAre("aab"));
  EXPECT_THAT(whole("a{,}b", "aaab"), ElementsAre("aaab"));
  EXPECT_THAT(whole("{x}", "{x}"), ElementsAre("{x}"));
}

TEST(PythonRegex, GroupsAreTheMatch) {
  EXPECT_EQ(first("#### (\\-?[0-9\\.\\,]+)", "a #### -1,2. #### 3"), "-1,2.");
  EXPECT_EQ(last("(-?[$0-9.,]{2,})|(-?[0-9]+)", "12 x 3"), "3");
  EXPECT_EQ(first("([A-E]).*", "so: B, not A"), "B");
  EXPECT_EQ(first("(?<=is )(.*)(?=.)", "it is (A)."), "(A)");
  EXPECT_EQ(first("\\b(Yes|No)\\b", "Not No"), "No");
  EXPECT_EQ(first("\"x\": (\\d+)", "{\"x\": 17}"), "17");
  EXPECT_EQ(first("((a)|b)c", "bc"), "b");
  EXPECT_EQ(first("((a)+)b", "aab"), "aa");
  // Of a match that is cut out, groups make no difference.
  EXPECT_THAT(whole("x(ab)+", "xabab"), ElementsAre("xabab"));
}

TEST(PythonRegex, WhatCannotBeSaidIsRefused) {
  EXPECT_THAT(refusal("a+(b)"), HasSubstr("t.yaml:3: the expression a+(b) has "
                                          "text of any length before"));
  EXPECT_THAT(refusal("x(b)", true), HasSubstr("more than the group"));
  EXPECT_THAT(refusal("(a)(b)"), HasSubstr("several groups"));
  EXPECT_THAT(refusal("(?=(a))(b)"), HasSubstr("several groups"));
  EXPECT_THAT(refusal("(a)|b"), HasSubstr("an alternative with no group"));
  EXPECT_THAT(refusal("(a)+"), HasSubstr("repeated group"));
  EXPECT_THAT(refusal("(a)\\1"), HasSubstr("\\1"));
  EXPECT_THAT(refusal("(?P<n>a)"), HasSubstr("a group (?P<"));
  EXPECT_THAT(refusal("(?m)^a"), HasSubstr("the flag m"));
  EXPECT_THAT(refusal("[a"), HasSubstr("without its ]"));
  EXPECT_THAT(refusal("(a"), HasSubstr("without its )"));
  EXPECT_THAT(refusal("a)"), HasSubstr("without its ("));
  EXPECT_THAT(refusal("*a"), HasSubstr("a repeat of nothing"));
  EXPECT_THAT(refusal("a{2}+"), HasSubstr("the repeat {2}"));
  EXPECT_THAT(refusal("(a*)", true), HasSubstr("without a character"));
  EXPECT_THAT(refusal(std::string(60, '(')), HasSubstr("groups in groups"));
}

}  // namespace
}  // namespace lethe
