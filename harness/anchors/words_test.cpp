#include "harness/anchors/words.h"

#include <gtest/gtest.h>

#include "harness/base/error.h"

namespace lethe {
namespace {

// Words with | between; a * behind those whose capital says nothing.
std::string shown(const std::string& text) {
  std::string all;
  for (const TextWord& word : words_of(text)) {
    if (!all.empty()) all += '|';
    all += text.substr(word.begin, word.end - word.begin);
    if (word.starts) all += '*';
  }
  return all;
}

TEST(AnchorWords, PossessivesAndMarksAreNoPartOfAWord) {
  EXPECT_EQ(shown("Okafor’s and Okafor's _Lumen_ don’t"),
            "Okafor*|and|Okafor|Lumen|don’t");
  EXPECT_EQ(words_of("Okafor’s hat")[0].suffix, 4);
  EXPECT_EQ(words_of("Okafor’s hat")[1].suffix, 0);
  EXPECT_EQ(shown("Ines’ll, she'd, O’Hara’s"), "Ines*|she|O’Hara");
}

TEST(AnchorWords, OneHyphenJoinsAndADashDoesNot) {
  EXPECT_EQ(shown("a red-headed Saxe-Coburg--he"),
            "a*|red-headed|Saxe-Coburg|he*");
  EXPECT_EQ(letter_case("Red-headed"), LetterCase::capital);
}

TEST(AnchorWords, SentencesQuotesVerseAndHeadingsBeginWithoutEvidence) {
  EXPECT_EQ(shown("It was Ada. Then “Come,” said Bert ‘now’ to Mr. Cole!"),
            "It*|was|Ada|Then*|Come*|said|Bert|now*|to|Mr|Cole");
  EXPECT_EQ(shown("so J. H. Cole saw,” Dora did"), "so*|J|H|Cole|saw|Dora|did");
  EXPECT_EQ(shown("they sang:\n    The Owl\n    And Cat"),
            "they*|sang|The*|Owl|And*|Cat");
  EXPECT_EQ(shown("wrapped\nAda came"), "wrapped*|Ada|came");
  EXPECT_EQ(shown("The Pool of Tears\n\nthen Ada went"),
            "The*|Pool*|of*|Tears*|then*|Ada|went");
}

TEST(AnchorWords, KnowsTheCasesOfAllAlphabets) {
  EXPECT_EQ(letter_case("Ёлка"), LetterCase::capital);
  EXPECT_EQ(letter_case("ΑΒΓ"), LetterCase::upper);
  EXPECT_EQ(letter_case("McCarthy"), LetterCase::capital);
  EXPECT_EQ(letter_case("I"), LetterCase::capital);
  EXPECT_EQ(letter_case("中文"), LetterCase::none);
  EXPECT_EQ(letter_case("42"), LetterCase::none);
  EXPECT_EQ(folded("O’BRIEN Ёж‑Α"), "o'brien ёж-α");
}

TEST(AnchorWords, CutsChineseByItsDictionary) {
  EXPECT_GT(words_of("我们在北京大学学习").size(), 2U);
}

TEST(AnchorWords, OfNothingAreNoneAndOfOtherBytesAnError) {
  EXPECT_TRUE(words_of("").empty());
  EXPECT_TRUE(words_of(" .,! ").empty());
  EXPECT_EQ(words_of("a").size(), 1U);
  EXPECT_THROW(words_of("a\xff"), Error);
}

}  // namespace
}  // namespace lethe
