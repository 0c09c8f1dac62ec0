// probability and perplexity.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "harness/base/registry.h"
#include "harness/plugin/metric.h"

namespace lethe {
namespace {

using testing::HasSubstr;

Observation scored(const std::vector<double>& probabilities) {
  auto statistics = std::make_shared<TokenStatistics>();
  for (const double p : probabilities) {
    statistics->logprobs.push_back(static_cast<float>(std::log(p)));
  }
  Observation seen;
  seen.id = "t1";
  seen.statistics = statistics;
  return seen;
}

Observation with_logprobs(const std::vector<float>& logprobs) {
  Observation seen;
  auto statistics = std::make_shared<TokenStatistics>();
  statistics->logprobs = logprobs;
  seen.statistics = statistics;
  return seen;
}

Aggregate aggregate(const std::string& name, const Observations& seen) {
  const auto metric = Registry<Metric>::make(name, Json());
  return metric->aggregate(items(*metric, seen), seen);
}

void expect_nan(const Estimate& estimate, const std::string& reason) {
  EXPECT_TRUE(std::isnan(estimate.value));
  EXPECT_TRUE(std::isnan(estimate.ci95.low));
  EXPECT_TRUE(std::isnan(estimate.ci95.high));
  EXPECT_THAT(estimate.reason, HasSubstr(reason));
}

TEST(Probability, IsTheGeometricMeanOfTheTokens) {
  const auto metric = Registry<Metric>::make("probability", Json());
  const Row row = metric->item(scored({0.5, 0.125}));
  ASSERT_EQ(row.size(), 2);
  EXPECT_EQ(row[0].first, metric->main_field());
  EXPECT_NEAR(row[0].second, 0.25, 1e-7);
  EXPECT_EQ(row[1].first, "nll");
  EXPECT_NEAR(row[1].second, std::log(4), 1e-7);
  EXPECT_EQ(metric->unit_of("probability"), "fraction");
  EXPECT_EQ(metric->unit_of("nll"), "nats");
}

TEST(Probability, OfASetIsTheMeanOverItemsWhateverTheirLength) {
  const auto set =
      aggregate("probability", {scored({0.5}), scored({0.25, 0.25, 0.25})});
  EXPECT_NEAR(set[0].second.value, 0.375, 1e-7);
  EXPECT_NEAR(set[1].second.value, 1.5 * std::log(2), 1e-7);
  EXPECT_EQ(set[0].second.n, 2);
}

TEST(Probability, OfAnImpossibleTextIsZeroWithAnInfiniteLoss) {
  const auto set = aggregate("probability", {scored({0.5}), scored({0.0})});
  EXPECT_NEAR(set[0].second.value, 0.25, 1e-7);
  expect_nan(set[1].second, "1 of 2 values are not finite");
}

TEST(Probability, WithAnItemThatHasNoScoredTokenIsNaN) {
  const auto set = aggregate("probability", {scored({0.5}), scored({})});
  expect_nan(set[0].second, "1 of 2 values are not finite");
  expect_nan(set[1].second, "1 of 2 values are not finite");
}

TEST(Perplexity, PoolsTheTokensOfAllTexts) {
  // 4 tokens, 1 bit and 3 times 2 bits: 7/4 bits a token.
  const auto set =
      aggregate("perplexity", {scored({0.5}), scored({0.25, 0.25, 0.25})});
  ASSERT_EQ(set.size(), 2);
  EXPECT_EQ(set[0].first, "perplexity");
  EXPECT_NEAR(set[0].second.value, std::pow(2, 1.75), 1e-6);
  EXPECT_EQ(set[0].second.n, 2);
  EXPECT_EQ(set[1].first, "loss");
  EXPECT_NEAR(set[1].second.value, 1.75 * std::log(2), 1e-7);
}

TEST(Perplexity, HasTheExponentialOfTheLossesInterval) {
  // A resample of two texts is at best the first twice, at worst the second.
  const auto set =
      aggregate("perplexity", {scored({0.5}), scored({0.25, 0.25, 0.25})});
  EXPECT_NEAR(set[0].second.ci95.low, 2, 1e-6);
  EXPECT_NEAR(set[0].second.ci95.high, 4, 1e-6);
  EXPECT_EQ(set[0].second.ci95.method, "bootstrap_percentile");
  EXPECT_DOUBLE_EQ(std::exp(set[1].second.ci95.low), set[0].second.ci95.low);
}

TEST(Perplexity, OfOneTextHasNoInterval) {
  const auto set = aggregate("perplexity", {scored({0.5, 0.5})});
  EXPECT_NEAR(set[0].second.value, 2, 1e-6);
  EXPECT_EQ(set[0].second.ci95.method, "none");
  EXPECT_TRUE(std::isnan(set[0].second.ci95.low));
}

TEST(Perplexity, IsNotMovedByATextWithoutScoredTokens) {
  const auto set = aggregate(
      "perplexity", {scored({0.5}), scored({}), scored({0.25, 0.25, 0.25})});
  EXPECT_NEAR(set[0].second.value, std::pow(2, 1.75), 1e-6);
  EXPECT_EQ(set[0].second.n, 3);
}

TEST(Perplexity, IsNaNWithAReasonRatherThanInfinite) {
  const auto overflow =
      aggregate("perplexity", {with_logprobs({-800}), with_logprobs({-700})});
  expect_nan(overflow[0].second, "exp of 750.0 nats a token overflows");
  EXPECT_EQ(overflow[1].second.value, 750);
  EXPECT_EQ(overflow[0].second.n, 2);

  const auto impossible =
      aggregate("perplexity", {scored({0.5}), scored({0.0})});
  expect_nan(impossible[0].second, "1 of 2 values are not finite");

  const float nan = std::numeric_limits<float>::quiet_NaN();
  expect_nan(aggregate("perplexity", {with_logprobs({nan})})[0].second,
             "1 of 1 values are not finite");
}

TEST(Perplexity, WhoseUpperBoundOverflowsHasNoInterval) {
  const auto set =
      aggregate("perplexity", {with_logprobs({-900}), with_logprobs({-1})});
  EXPECT_TRUE(std::isfinite(set[0].second.value));
  EXPECT_EQ(set[0].second.reason, "");
  EXPECT_EQ(set[0].second.ci95.method, "none");
  EXPECT_EQ(set[1].second.ci95.method, "bootstrap_percentile");
}

TEST(Perplexity, OfNothingIsNaNWithAReason) {
  expect_nan(aggregate("perplexity", {})[0].second, "no items");
  const auto unscored = aggregate("perplexity", {scored({}), scored({})});
  expect_nan(unscored[0].second, "no token of any item is scored");
  expect_nan(unscored[1].second, "no token of any item is scored");
}

TEST(Perplexity, IsARatioAndItsLossInNats) {
  const auto metric = Registry<Metric>::make("perplexity", Json());
  EXPECT_EQ(metric->main_field(), "perplexity");
  EXPECT_EQ(metric->unit(), "ratio");
  EXPECT_EQ(metric->unit_of("loss"), "nats");
}

TEST(LikelihoodMetrics, RefuseAnItemWithoutTokenStatistics) {
  Observation seen;
  seen.id = "t7";
  for (const char* name : {"probability", "perplexity"}) {
    try {
      aggregate(name, {seen});
      FAIL() << "nothing was thrown";
    } catch (const Error& error) {
      EXPECT_EQ(error.fault(), Fault::input);
      EXPECT_THAT(error.what(), HasSubstr("item \"t7\""));
      EXPECT_THAT(error.what(), HasSubstr("teacher_forced"));
    }
  }
}

Observation drifted(const std::vector<float>& kl,
                    const std::vector<int64_t>& same) {
  auto drift = std::make_shared<TokenDrift>();
  drift->kl = kl;
  drift->same_top = same;
  drift->base_logprobs.assign(kl.size(), -1.0F);
  drift->logprobs.assign(kl.size(), -1.5F);
  Observation seen;
  seen.drift = drift;
  return seen;
}

TEST(KlDivergence, WeighsTokensNotTexts) {
  const Aggregate values = aggregate(
      "kl_divergence",
      {drifted({1, 2, 3}, {1, 1, 0}), drifted({10}, {0}), drifted({0}, {1})});
  ASSERT_EQ(values.size(), 3u);
  EXPECT_EQ(values[0].first, "kl");
  EXPECT_DOUBLE_EQ(values[0].second.value, 16.0 / 5);
  EXPECT_LT(values[0].second.ci95.low, 16.0 / 5);
  EXPECT_DOUBLE_EQ(values[1].second.value, 3.0 / 5);
  EXPECT_DOUBLE_EQ(values[2].second.value, 0.5);
  EXPECT_EQ(values[2].second.n, 3);
}

TEST(KlDivergence, IsNotANumberWhereTheModelRulesATokenOut) {
  const float infinity = std::numeric_limits<float>::infinity();
  const Aggregate values =
      aggregate("kl_divergence", {drifted({infinity}, {1}), drifted({1}, {1})});
  EXPECT_TRUE(std::isnan(values[0].second.value));
  EXPECT_DOUBLE_EQ(values[1].second.value, 1);
  EXPECT_THROW(aggregate("kl_divergence", {Observation()}), Error);
}

}  // namespace
}  // namespace lethe
