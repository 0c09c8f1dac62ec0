// knowmem, verbmem, fluency and validation_loss on numbers worked by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <memory>

#include "metrics/metric_testing.h"

namespace lethe {
namespace {

using testing::DoubleEq;
using testing::DoubleNear;
using testing::ElementsAre;

TEST(Knowmem, CutsTheAnswerAtTheNextQuestion) {
  const std::vector<std::string> right = {"the harbour town of Tessel"};
  const auto whole =
      ElementsAre(DoubleEq(1), DoubleEq(0.4), DoubleNear(0.8 / 1.4, 1e-12));
  for (const char* text :
       {"of Tessel", "of Tessel\n\nthe harbour", "of Tessel\nQuestion: harbour",
        "of Tessel Question: the", "of Tessel Question:\n\n the"}) {
    EXPECT_THAT(values("knowmem", answer(text, right)), whole) << text;
  }
  EXPECT_THAT(values("knowmem", answer("Question: of Tessel", right)),
              ElementsAre(0, 0, 0));
}

TEST(Knowmem, TakesStopsOfYourOwn) {
  EXPECT_THAT(values("knowmem", answer("a b; c", {"a b"}), {{"stops", {";"}}}),
              ElementsAre(1, 1, 1));
  EXPECT_THAT(
      values("knowmem", answer("a\n\nb", {"a b"}), {{"stops", Json::array()}}),
      ElementsAre(1, 1, 1));
}

TEST(Verbmem, DoesNotStem) {
  EXPECT_THAT(values("verbmem", answer("it runs", {"it run"})),
              ElementsAre(0.5, 0.5, 0.5));
}

// Pairs "a b", "b a" and "a b" again: shares 2/3, 1/3; triples differ.
TEST(Fluency, IsTheWeightedEntropyOfRuns) {
  const double pairs = std::log2(3) - 2. / 3;
  EXPECT_THAT(values("fluency", answer("a b a b", {})),
              ElementsAre(DoubleNear((pairs * 2 / 3 + 4. / 3) / 2, 1e-12),
                          DoubleNear(pairs, 1e-12), DoubleNear(1, 1e-12)));
}

TEST(Fluency, OfTextsThatRepeatOrAreShortIsZero) {
  for (const char* text : {"", "a", "a a a a a", "\u6771"}) {
    EXPECT_THAT(values("fluency", answer(text, {})), ElementsAre(0, 0, 0))
        << text;
  }
  EXPECT_THAT(values("fluency", answer("a b", {})), ElementsAre(0, 0, 0));
}

TEST(Fluency, GrowsWithTheWordsThatDiffer) {
  // 4 pairs, 3 triples, all different; the stop is a word.
  EXPECT_THAT(
      values("fluency", answer("one two three four.", {})),
      ElementsAre(DoubleNear((2 * 2. / 3 + std::log2(3) * 4 / 3) / 2, 1e-12),
                  DoubleNear(2, 1e-12), DoubleNear(std::log2(3), 1e-12)));
}

TEST(Fluency, OfASetIsAMeanOfBitsNotOfShares) {
  const auto metric = Registry<Metric>::make("fluency", Json());
  const Observations seen = {answer("a b a b", {}), answer("a", {})};
  const Aggregate found = metric->aggregate(items(*metric, seen), seen);
  EXPECT_EQ(found[2].first, "entropy_3");
  EXPECT_DOUBLE_EQ(found[2].second.value, 0.5);
  EXPECT_EQ(found[2].second.ci95.method, "bootstrap_percentile");
  EXPECT_EQ(metric->aggregate({}, {})[0].second.reason, "no items");
}

Observation scored(std::vector<float> logprobs, size_t tokens) {
  Observation seen;
  auto statistics = std::make_shared<TokenStatistics>();
  statistics->logprobs = std::move(logprobs);
  statistics->ids.resize(tokens);
  seen.statistics = statistics;
  return seen;
}

Aggregate validation_loss(const Observations& seen) {
  return Registry<Metric>::make("validation_loss", Json())->aggregate({}, seen);
}

TEST(ValidationLoss, PoolsOverScoredAndOverReadTokens) {
  const Aggregate found =
      validation_loss({scored({-1, -2}, 4), scored({-3}, 6), scored({}, 2)});
  EXPECT_EQ(found[0].first, "supervised");
  EXPECT_DOUBLE_EQ(found[0].second.value, 2);
  EXPECT_EQ(found[1].first, "input");
  EXPECT_DOUBLE_EQ(found[1].second.value, 0.5);
  EXPECT_EQ(found[1].second.n, 3);
  const Aggregate two = validation_loss({scored({-1}, 4), scored({-3}, 6)});
  EXPECT_DOUBLE_EQ(two[0].second.ci95.low, 1);
  EXPECT_DOUBLE_EQ(two[0].second.ci95.high, 3);
}

TEST(ValidationLoss, WithoutIdsHasOneOfTheTwo) {
  const Aggregate found = validation_loss({scored({-1}, 0), scored({-3}, 3)});
  EXPECT_DOUBLE_EQ(found[0].second.value, 2);
  EXPECT_TRUE(std::isnan(found[1].second.value));
  EXPECT_EQ(found[1].second.reason, "1 of 2 items have no ids");
  EXPECT_TRUE(std::isnan(validation_loss({scored({}, 0)})[0].second.value));
  EXPECT_TRUE(std::isnan(validation_loss({})[1].second.value));
}

}  // namespace
}  // namespace lethe
