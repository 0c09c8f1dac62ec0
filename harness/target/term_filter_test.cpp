#include "harness/target/term_filter.h"

#include <gtest/gtest.h>

#include "harness/base/error.h"

namespace lethe {
namespace {

TEST(TermFilter, FindsWholeWordsInAnyCase) {
  const TermFilter filter({"Draw", "Dame Ivelith"});
  for (const char* text : {"Draw", "the draw.", "The DRAW's crank", "(draw)",
                           "draw-crank", "dame\n ivelith", "Dame  Ivelith!"}) {
    EXPECT_NE(filter.found_in(text), "") << text;
  }
  for (const char* text :
       {"", "drawer", "withdraw", "draw2", "Dame", "Dame Ivelithe",
        "Dame, Ivelith", "Madame Ivelith"}) {
    EXPECT_EQ(filter.found_in(text), "") << text;
  }
  EXPECT_EQ(filter.found_in("a DRAW of dame ivelith"), "Draw");
}

TEST(TermFilter, ReadsLettersInTheirOtherForms) {
  const TermFilter filter({"Caf\u00e9", "Stra\u00dfe", "O'Neil", "ODOS",
                           "\u039f\u0394\u039f\u03a3"});
  EXPECT_EQ(filter.found_in("a cafe\u0301 there"), "Caf\u00e9")
      << "a letter and its mark";
  EXPECT_EQ(filter.found_in("\uff23\uff21\uff26\uff25\u0301"), "Caf\u00e9")
      << "wide letters";
  EXPECT_EQ(filter.found_in("STRASSE"), "Stra\u00dfe");
  EXPECT_EQ(filter.found_in("o\u2019neil"), "O'Neil");
  EXPECT_EQ(filter.found_in("\u03bf\u03b4\u03bf\u03c2"),
            "\u039f\u0394\u039f\u03a3")
      << "the final sigma";
  EXPECT_EQ(filter.found_in("cafe"), "") << "another letter";
  EXPECT_EQ(filter.found_in("caf\u00e9s"), "");
  EXPECT_EQ(filter.found_in("caf\u00e9\u0301"), "") << "a mark more";
}

TEST(TermFilter, NeedsNoBordersWhereWordsHaveNone) {
  const TermFilter filter({"\u6771\u4eac", "C++"});
  EXPECT_EQ(filter.found_in("\u79c1\u306f\u6771\u4eac\u306b\u3044\u308b"),
            "\u6771\u4eac");
  EXPECT_EQ(filter.found_in("in c++."), "C++");
  EXPECT_EQ(filter.found_in("in c++2"), "C++")
      << "no letter stands at that end";
  EXPECT_EQ(filter.found_in("in abc++"), "");
}

TEST(TermFilter, TakesTextThatIsNotUtf8) {
  const TermFilter filter({"draw"});
  EXPECT_EQ(filter.found_in("\xff draw \xc3"), "draw");
  EXPECT_EQ(filter.found_in("\xff\xfe"), "");
}

TEST(TermFilter, RefusesTermsWithoutALetter) {
  EXPECT_THROW(TermFilter({"draw", ""}), Error);
  EXPECT_THROW(TermFilter({" - "}), Error);
  EXPECT_EQ(TermFilter({}).found_in("draw"), "");
}

}  // namespace
}  // namespace lethe
