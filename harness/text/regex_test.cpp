// Regular expressions. What they match in tokenizers' texts is compared with
// the peer in tokenizer_test.cpp and tokenizer_parity_test.cpp.
#include "harness/text/regex.h"

#include <gtest/gtest.h>

#include "harness/base/error.h"

namespace lethe {
namespace {

const Place kPlace{"tokenizer.json", "pre_tokenizer"};

std::vector<std::string> matches(const std::string& expression,
                                 const std::string& text) {
  std::vector<Regex::Match> found;
  Regex(expression, kPlace).find(text, &found);
  std::vector<std::string> texts;
  for (const auto& match : found) {
    texts.push_back(text.substr(match.start, match.end - match.start));
  }
  return texts;
}

using Texts = std::vector<std::string>;

TEST(Regex, TakesTheFirstAlternativeThatLeadsOn) {
  EXPECT_EQ(matches("a|ab", "abab"), (Texts{"a", "a"}));
  EXPECT_EQ(matches("(?:a|ab)c", "abc ac"), (Texts{"abc", "ac"}));
}

TEST(Regex, RepeatsGreedilyLazilyAndForGood) {
  EXPECT_EQ(matches("a{2,3}", "aaaaaa"), (Texts{"aaa", "aaa"}));
  EXPECT_EQ(matches("a{,2}b", "aaab"), (Texts{"aab"}));
  EXPECT_EQ(matches("<.+?>", "<a><b>"), (Texts{"<a>", "<b>"}));
  EXPECT_EQ(matches("a++a", "aaa"), (Texts{}));
  EXPECT_EQ(matches("(?:ab)*+ab", "abab"), (Texts{}));
  EXPECT_EQ(matches("(?>a|ab)c", "abc"), (Texts{}));
  // After braces a plus repeats once more, as in Ruby.
  EXPECT_EQ(matches("(?:ab){1,2}+", "ababab"), (Texts{"ababab"}));
  EXPECT_EQ(matches("a{b", "a{b"), (Texts{"a{b"}));
}

TEST(Regex, LooksAroundWithoutTaking) {
  EXPECT_EQ(matches(R"(\s+(?!\S)|\s+)", "a   b "), (Texts{"  ", " ", " "}));
  EXPECT_EQ(matches("(?<=a)b|(?<!a)c", "ab ac bc"), (Texts{"b", "c"}));
}

TEST(Regex, KnowsUnicodesClasses) {
  EXPECT_EQ(matches(R"(\p{Lu}\p{Ll}*)", "Éa ΑΒγ"), (Texts{"Éa", "Α", "Βγ"}));
  EXPECT_EQ(matches(R"([^\s\p{L}\p{^N}]+)", "a ٣4 -"), (Texts{"٣4"}));
  EXPECT_EQ(matches(R"(\p{Han}+)", "a漢字か"), (Texts{"漢字"}));
  EXPECT_EQ(matches(R"([\S\n]+)", "a\n b"), (Texts{"a\n", "b"}));
  EXPECT_EQ(matches(R"(\h+)", "xyzF0"), (Texts{"F0"}));
}

TEST(Regex, FoldsTheCaseOfGroups) {
  EXPECT_EQ(matches("(?i:'s)s", "'Ss 'SS '\u017Fs"),
            (Texts{"'Ss", "'\u017Fs"}));
  EXPECT_EQ(matches("(?i)é|[k-l]", "É\u212AL"), (Texts{"É", "\u212A", "L"}));
}

TEST(Regex, FindsTheEndsOfLinesAsRubyDoes) {
  EXPECT_EQ(matches("^a|b$", "a\na b\nb"), (Texts{"a", "a", "b", "b"}));
  EXPECT_EQ(matches(R"(\Aa|b\z)", "a\na b\nb"), (Texts{"a", "b"}));
  EXPECT_EQ(matches(R"(\bb)", "ab b"), (Texts{"b"}));
}

TEST(Regex, FindsEmptyMatchesButNotBehindAnother) {
  EXPECT_EQ(matches("x*", "axxb"), (Texts{"", "xx", ""}));
}

TEST(Regex, RefusesWhatItDoesNotRead) {
  const std::string deep(40, '(');
  const std::string huge = "((a{900}|b){900}){900}";
  for (const std::string bad : {"(",
                                ")",
                                "[",
                                "[]",
                                "[a",
                                "*",
                                "\\",
                                "\\1",
                                "\\k<a>",
                                "\\R",
                                "\\p",
                                "\\p{",
                                "\\p{Klingon}",
                                "[a&&b]",
                                "[a[b]]",
                                "[[:alpha:]]",
                                "[b-a]",
                                "(?<name>a)",
                                "(?#c)",
                                "(?",
                                "(?i",
                                "(?<=a+)b",
                                "(a*)*",
                                "a{2,1}",
                                "a{99999999999}",
                                "\\x{110000}",
                                "\\x{",
                                "\\u12",
                                "(?i:ss)",
                                "(?i:ß)",
                                deep.c_str(),
                                huge.c_str()}) {
    EXPECT_THROW(Regex(bad, kPlace), Error) << bad;
  }
  EXPECT_THROW(Regex(std::string(9000, 'a'), kPlace), Error);
}

TEST(Regex, GivesUpOnAnExpressionThatTakesTooLong) {
  const Regex regex("(?:a|a)*b|(?:a+a+)+c", kPlace);
  std::vector<Regex::Match> found;
  EXPECT_THROW(regex.find(std::string(300, 'a'), &found), Error);
}

}  // namespace
}  // namespace lethe
