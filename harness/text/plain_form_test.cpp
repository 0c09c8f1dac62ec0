// Plain forms, and where their bytes are from.
#include "harness/text/plain_form.h"

#include <gtest/gtest.h>

#include "harness/base/error.h"
#include "harness/base/rng.h"
#include "harness/text/normal_form.h"
#include "harness/text/utf8.h"

namespace lethe {
namespace {

const std::vector<std::string> kAll = {"unicode", "case", "dashes",
                                       "whitespace"};

std::string plain(const std::string& text,
                  const std::vector<std::string>& names) {
  return plain_form(text, plain_steps(names)).text;
}

TEST(PlainForm, WithoutStepsIsTheTextItself) {
  const std::string text = "A \u00A0“b”";
  const PlainForm form = plain_form(text, {});
  EXPECT_EQ(form.text, text);
  for (size_t i = 0; i < text.size(); ++i) {
    EXPECT_EQ(form.begin[i], i);
    EXPECT_EQ(form.end[i], i + 1);
  }
  EXPECT_EQ(plain_form("", plain_steps(kAll)).text, "");
}

TEST(PlainForm, UnicodeTakesTheUnseenAwayAndMakesFormsPlain) {
  EXPECT_EQ(plain("\uFEFFme\u00ADthod\u200B of\u2060fice", {"unicode"}),
            "method office");
  EXPECT_EQ(
      plain("\uFF21\uFF22 \uFB01ne \U0001D400 x\u00B2 \u2026", {"unicode"}),
      "AB fine A x2 ...");
  EXPECT_EQ(plain("e\u00AD\u0301", {"unicode"}), "\u00E9")
      << "a mark joins its letter when what stood between is gone";
  EXPECT_EQ(plain("\u3131\u314F", {"unicode"}), "\uAC00");
  EXPECT_EQ(plain("\u0430", {"unicode"}), "\u0430") << "Cyrillic a stays";
}

TEST(PlainForm, CaseIsFoldedInFull) {
  EXPECT_EQ(plain("STRASSE", {"case"}), plain("Straße", {"case"}));
  EXPECT_EQ(plain("ΣΊΣΥΦΟΣ", {"case"}), plain("σίσυφος", {"case"}));
  EXPECT_EQ(plain("\u00C9T\u00C9", {"case"}), "\u00E9t\u00E9");
}

TEST(PlainForm, DashesAndQuotesAreOneEach) {
  EXPECT_EQ(plain("a\u2014b\u2013c\u2212d\u2011e-f", {"dashes"}),
            "a-b-c-d-e-f");
  EXPECT_EQ(plain("“a” ‘b’ it’s", {"dashes"}), "\"a\" 'b' it's");
}

TEST(PlainForm, WhiteSpaceIsOneBlankAndNoneAtTheEnds) {
  EXPECT_EQ(plain(" a \u00A0\u2009\n\tb\u3000", {"whitespace"}), "a b");
  EXPECT_EQ(plain(" \n ", {"whitespace"}), "");
}

TEST(PlainForm, KnowsWhereItsBytesAreFrom) {
  // Bytes:            0 1 2 3   5   6     9    10
  const std::string text = "A  \u00ADb\uFB01c\u2014";
  const PlainForm form = plain_form(text, plain_steps(kAll));
  EXPECT_EQ(form.text, "a bfic-");
  EXPECT_EQ(form.begin, (std::vector<uint32_t>{0, 1, 5, 6, 6, 9, 10}));
  EXPECT_EQ(form.end, (std::vector<uint32_t>{1, 3, 6, 9, 9, 10, 13}));
}

// Draws texts of characters that do something to each other.
std::string drawn_text(Rng& rng) {
  const std::u32string points =
      U"aAß \n-'\u00A0\u00AD\u0301\u0308\u0345\u1100\u1161\u11A8\u3131\u314F"
      U"\uFFA1\uFFC2\uAC00\u304B\uFF76\uFF9E\u3099\u2026\u00BD\u00B4\u2014“’"
      U"\uFB03\u017F\u0130\u03A3\u1FB3\u09C7\u09BE\u200D\U0001F469\uFE0F";
  std::string text;
  for (int i = 0; i < 12; ++i) text += utf8(points[rng.below(points.size())]);
  return text;
}

TEST(PlainForm, UnicodeIsNfkcOfWhatIsSeen) {
  Rng rng(1, "nfkc");
  for (int round = 0; round < 3000; ++round) {
    const std::string text = drawn_text(rng);
    std::string seen;
    for (size_t i = 0; i < text.size();) {
      const CodePoint c = code_point_at(text.data() + i);
      if (c.value != 0xAD && c.value != 0x200D && c.value != 0xFE0F) {
        seen += utf8(c.value);
      }
      i += c.size;
    }
    EXPECT_EQ(plain(text, {"unicode"}), normal_form(seen, {true, true}));
  }
}

TEST(PlainForm, OfAPlainFormIsItselfAndItsPlacesNeverFall) {
  Rng rng(2, "again");
  for (int round = 0; round < 3000; ++round) {
    const std::string text = drawn_text(rng);
    const PlainForm form = plain_form(text, plain_steps(kAll));
    EXPECT_EQ(plain(form.text, kAll), form.text);
    ASSERT_EQ(form.begin.size(), form.text.size());
    ASSERT_EQ(form.end.size(), form.text.size());
    for (size_t i = 0; i < form.text.size(); ++i) {
      EXPECT_LT(form.begin[i], form.end[i]);
      EXPECT_LE(form.end[i], text.size());
      if (i == 0) continue;
      EXPECT_LE(form.begin[i - 1], form.begin[i]);
      EXPECT_LE(form.end[i - 1], form.end[i]);
    }
  }
}

TEST(PlainForm, RefusesUnknownAndRepeatedSteps) {
  EXPECT_THROW(plain_steps({"white_space"}), Error);
  EXPECT_THROW(plain_steps({"case", "case"}), Error);
  EXPECT_FALSE(plain_steps({}).any());
}

}  // namespace
}  // namespace lethe
