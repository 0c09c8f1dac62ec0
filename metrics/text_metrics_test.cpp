// ROUGE-1, ROUGE-2, ROUGE-Lsum, BLEU and SQuAD's F1 on numbers worked by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "metrics/metric_testing.h"
#include "metrics/mteval_words.h"
#include "metrics/words.h"

namespace lethe {
namespace {

using testing::DoubleEq;
using testing::ElementsAre;
using testing::IsEmpty;

Aggregate aggregate(const std::string& name, const Observations& seen) {
  const auto metric = Registry<Metric>::make(name, Json());
  return metric->aggregate(items(*metric, seen), seen);
}

TEST(SharedRuns, CountEachRunAsOftenAsTheTextWithMostOfIt) {
  EXPECT_THAT(shared_runs({"a", "b", "a"}, {{"a", "b", "c"}}, 3),
              ElementsAre(2, 1, 0));
  EXPECT_THAT(shared_runs({"a", "a", "a"}, {{"a", "b"}, {"a", "a"}}, 2),
              ElementsAre(2, 1));
  EXPECT_THAT(shared_runs({}, {{"a"}}, 2), ElementsAre(0, 0));
  EXPECT_THAT(shared_runs({"a"}, {{}}, 2), ElementsAre(0, 0));
}

TEST(CommonPlaces, AreTheUnionOverTheOtherLines) {
  // Lin's example: w1 w2 of one line, w1 w3 w5 of the other.
  const Numbers line = {1, 2, 3, 4, 5};
  EXPECT_THAT(common_places(line, {{1, 2, 6, 7, 8}, {1, 3, 8, 9, 5}}, 10),
              ElementsAre(0, 1, 2, 4));
  EXPECT_THAT(common_places(line, {}, 10), IsEmpty());
  EXPECT_THAT(common_places({}, {{1}}, 10), IsEmpty());
}

TEST(CommonPlaces, OfEqualChoicesAreThoseOfTheTableTracedBack) {
  // 0 and 1 are both longest; the trace goes up first and so finds 0.
  EXPECT_THAT(common_places({0, 1}, {{1, 0}}, 2), ElementsAre(0));
}

TEST(CommonPlaces, SpanBlocksOf64) {
  Numbers line(150);
  std::iota(line.begin(), line.end(), 0);
  const auto all = common_places(line, {line}, 150);
  ASSERT_EQ(all.size(), 150);
  EXPECT_EQ(all.back(), 149);
  EXPECT_THAT(common_places(line, {{63, 64, 149}, {128}}, 150),
              ElementsAre(63, 64, 128, 149));
}

TEST(Rouge1, HasHandWorkedValues) {
  // Shared: the, the, cat; "the" stands twice in both.
  EXPECT_THAT(
      values("rouge_1", answer("the cat, the", {"The cat sat on the mat."})),
      ElementsAre(1, 0.5, DoubleEq(2.0 / 3)));
}

TEST(Rouge2, HasHandWorkedValues) {
  // Shared: "the cat"; 2 pairs got, 5 wanted.
  EXPECT_THAT(
      values("rouge_2", answer("the cat the", {"The cat sat on the mat."})),
      ElementsAre(0.5, 0.2, DoubleEq(2.0 / 7)));
}

TEST(Rouge2, OfOneWordIsZero) {
  EXPECT_THAT(values("rouge_2", answer("cat", {"cat"})), ElementsAre(0, 0, 0));
  EXPECT_THAT(values("rouge_1", answer("cat", {"cat"})), ElementsAre(1, 1, 1));
}

TEST(RougeLsum, MatchesLinesInAnyOrder) {
  const Observation seen = answer("c d\na b", {"a b\nc d"});
  EXPECT_THAT(values("rouge_lsum", seen), ElementsAre(1, 1, 1));
  EXPECT_THAT(values("rouge_l", seen), ElementsAre(0.5, 0.5, 0.5));
}

TEST(RougeLsum, CountsAWordAsOftenAsTheOutputHasIt) {
  // Both lines of the reference find the one "a".
  EXPECT_THAT(values("rouge_lsum", answer("a", {"a b\na c"})),
              ElementsAre(1, 0.25, DoubleEq(0.4)));
}

TEST(Rouges, OfTextsWithoutLatinWordsAreZero) {
  for (const char* name : {"rouge_1", "rouge_2", "rouge_lsum"}) {
    for (const char* text : {"", "...\n", "\u6771\u4EAC"}) {
      EXPECT_THAT(values(name, answer(text, {text})), ElementsAre(0, 0, 0));
      EXPECT_THAT(values(name, answer(text, {"a b"})), ElementsAre(0, 0, 0));
      EXPECT_THAT(values(name, answer("a b", {text})), ElementsAre(0, 0, 0));
    }
  }
}

TEST(Rouges, CompareStemsAndTakeTheBestReference) {
  for (const char* name : {"rouge_1", "rouge_2", "rouge_lsum"}) {
    const Observation seen = answer("two relations", {"x", "two relation"});
    EXPECT_THAT(values(name, seen, {{"stemmer", true}}), ElementsAre(1, 1, 1));
    EXPECT_LT(values(name, seen)[2], 1);
  }
}

TEST(MtevalWords, SetPunctuationApartButNotInsideNumbers) {
  EXPECT_THAT(mteval_words("It's 3,500.7 (or $4), A.B. 1-2"),
              ElementsAre("It's", "3,500.7", "(", "or", "$", "4", ")", ",", "A",
                          ".", "B", ".", "1", "-", "2"));
  EXPECT_THAT(mteval_words("contin-\nued &amp; on"),
              ElementsAre("continued", "&", "on"));
  EXPECT_THAT(mteval_words(" \n\u3000"), IsEmpty());
  EXPECT_THAT(mteval_words("\u6771\u4EAC\u00A0x"),
              ElementsAre("\u6771\u4EAC", "x"));
}

TEST(Bleu, HasHandWorkedValues) {
  // Runs of 1 to 4: 4/5, 3/4, 2/3, 1/2.
  EXPECT_THAT(values("bleu", answer("a b c d x", {"a b c d e"})),
              ElementsAre(DoubleEq(std::pow(0.2, 0.25)), 0));
  // Two of four words: runs of 1 and 2, both right; exp(1 - 4/2).
  EXPECT_THAT(values("bleu", answer("a b", {"a b c d"})),
              ElementsAre(DoubleEq(std::exp(-1)), 0));
  // 3/3, then no pair of 2 and no three of 1: 1/4, 1/4.
  EXPECT_THAT(values("bleu", answer("c b a", {"a b c"})),
              ElementsAre(DoubleEq(std::pow(1.0 / 16, 1.0 / 3)), 0));
}

TEST(Bleu, OfTheReferenceItselfIsOneHoweverShort) {
  for (const char* text :
       {"a", "a b", "Nine rivers run to the sea.", "\u6771\u4EAC"}) {
    EXPECT_THAT(values("bleu", answer(text, {"x", text})), ElementsAre(1, 1));
  }
}

TEST(Bleu, OfEmptyTextsIsZero) {
  EXPECT_THAT(values("bleu", answer("", {""})), ElementsAre(0, 0));
  EXPECT_THAT(values("bleu", answer("", {"a"})), ElementsAre(0, 0));
  EXPECT_THAT(values("bleu", answer("a", {""})), ElementsAre(0, 0));
}

TEST(Bleu, OfASetSumsCountsAndResamplesItems) {
  const Aggregate set = aggregate(
      "bleu", {answer("a b c d x", {"a b c d e"}), answer("p q", {"p q"})});
  ASSERT_EQ(set.size(), 3);
  EXPECT_EQ(set[0].first, "bleu");
  // 6/7, 4/5, 2/3, 1/2.
  EXPECT_DOUBLE_EQ(set[0].second.value,
                   std::pow(6.0 / 7 * 0.8 * 2 / 3 / 2, 0.25));
  EXPECT_EQ(set[0].second.ci95.method, "bootstrap_percentile");
  // The second item twice has no run of three.
  EXPECT_EQ(set[0].second.ci95.low, 0);
  EXPECT_EQ(set[1].first, "sentence_bleu");
  EXPECT_DOUBLE_EQ(set[1].second.value, (1 + std::pow(0.2, 0.25)) / 2);
  EXPECT_EQ(set[2].first, "approximate");
  EXPECT_EQ(set[2].second.value, 0.5);
  EXPECT_EQ(set[2].second.ci95.method, "wilson");
}

TEST(Bleu, OfNoItemsIsNotANumber) {
  const Aggregate set = aggregate("bleu", {});
  ASSERT_EQ(set.size(), 1);
  EXPECT_EQ(set[0].first, "bleu");
  EXPECT_TRUE(std::isnan(set[0].second.value));
  EXPECT_EQ(set[0].second.reason, "no items");
}

TEST(TokenF1, HasHandWorkedValues) {
  // Shared: "ship"; 2 words got, 3 wanted.
  EXPECT_THAT(values("token_f1", answer("The ship sank.", {"a ship at dawn"})),
              ElementsAre(DoubleEq(0.4), 0));
}

TEST(TokenF1, IgnoresCasePunctuationArticlesAndSpace) {
  EXPECT_THAT(values("token_f1", answer(" The  Ship! ", {"(a) ship"})),
              ElementsAre(1, 1));
  // "a" within a word, and joined by what punctuation leaves.
  EXPECT_THAT(values("token_f1", answer("na\u00EFve", {"n\u00EFve"})),
              ElementsAre(0, 0));
  EXPECT_THAT(values("token_f1", answer("a-ship", {"ship"})),
              ElementsAre(0, 0));
  // A combining mark is no part of a word: the peer takes the letter away.
  EXPECT_THAT(values("token_f1", answer("a\u0301", {"\u0301"})),
              ElementsAre(1, 1));
  EXPECT_THAT(values("token_f1", answer("a\u00B2", {"\u00B2"})),
              ElementsAre(0, 0));
}

TEST(TokenF1, OfAnAnswerWithoutWordsIsOneIfTheReferenceHasNoneEither) {
  EXPECT_THAT(values("token_f1", answer("", {""})), ElementsAre(1, 1));
  EXPECT_THAT(values("token_f1", answer("the", {"..."})), ElementsAre(1, 1));
  EXPECT_THAT(values("token_f1", answer("", {"ship"})), ElementsAre(0, 0));
  EXPECT_THAT(values("token_f1", answer("ship", {"a"})), ElementsAre(0, 0));
}

TEST(TokenF1, ReadsEveryScriptBetweenSpaces) {
  EXPECT_THAT(values("token_f1", answer("\u041C\u0418\u0420 \u0438",
                                        {"\u043C\u0438\u0440"})),
              ElementsAre(DoubleEq(2.0 / 3), 0));
}

TEST(TokenF1, TakesTheBestReferenceOfEachValue) {
  EXPECT_THAT(values("token_f1", answer("ship", {"x", "ship left", "ship"})),
              ElementsAre(1, 1));
}

}  // namespace
}  // namespace lethe
