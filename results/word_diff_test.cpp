#include "results/word_diff.h"

#include <gtest/gtest.h>

namespace lethe {
namespace {

std::string before(const std::string& a, const std::string& b) {
  return diff_html(word_diff(a, b).before, "del");
}

std::string after(const std::string& a, const std::string& b) {
  return diff_html(word_diff(a, b).after, "ins");
}

TEST(WordDiff, MarksWhatOneTextAloneHas) {
  EXPECT_EQ(before("the old red house", "the new red big house"),
            "the <del>old</del> red house");
  EXPECT_EQ(after("the old red house", "the new red big house"),
            "the <ins>new</ins> red <ins>big</ins> house");
}

TEST(WordDiff, NeighboursStandTogether) {
  EXPECT_EQ(after("a d", "a b c d"), "a <ins>b c</ins> d");
  EXPECT_EQ(before("x y", "z"), "<del>x y</del>");
}

TEST(WordDiff, EqualTextsHaveNoMark) {
  EXPECT_EQ(before("a b", " a\tb "), "a b");
  EXPECT_EQ(after("", ""), "");
  EXPECT_EQ(after("", "a"), "<ins>a</ins>");
}

TEST(WordDiff, ALineBreakIsAWord) {
  EXPECT_EQ(after("a b", "a\nb"), "a <ins>\\n</ins> b");
}

TEST(WordDiff, FindsTheLongestCommonOrder) {
  size_t common = 0;
  for (const DiffWord& word :
       word_diff("a b c a b b a", "c b a b a c").before) {
    common += word.alone ? 0 : 1;
  }
  EXPECT_EQ(common, 4u);  // Myers 1986: ABCABBA and CBABAC
}

TEST(WordDiff, WordsAreTextAndNeverMarkup) {
  const std::string html = after("", "<script> \x1b[2J </ins> \xe2\x80\xae");
  EXPECT_EQ(html.find("<script"), std::string::npos);
  EXPECT_EQ(html.find('\x1b'), std::string::npos);
  EXPECT_EQ(html.find("\xe2\x80\xae"), std::string::npos);
  EXPECT_EQ(html.find("</ins>"), html.size() - 6);
}

TEST(WordDiff, LongTextsAreCutAndSaidSo) {
  std::string text;
  for (int i = 0; i < 300; ++i) text += "w ";
  EXPECT_TRUE(word_diff(text, "w").cut);
  EXPECT_EQ(word_diff(text, "w").before.size(), 200u);
  EXPECT_FALSE(word_diff("w w", "w").cut);
  EXPECT_EQ(word_diff(std::string(1000, 'x'), "").before.size(), 5u);
}

}  // namespace
}  // namespace lethe
