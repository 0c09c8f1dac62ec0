#include "results/rank_tests.h"

#include <gtest/gtest.h>

#include <cmath>

#include "results/sign_flips.h"

namespace lethe {
namespace {

ItemMeans items_of(const std::vector<double>& values) {
  ItemMeans items;
  for (size_t i = 0; i < values.size(); ++i) {
    items.ids.push_back(std::to_string(i));
  }
  items.values = values;
  return items;
}

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double v : values) sum += v;
  return sum / static_cast<double>(values.size());
}

RankedValue of_items(const ItemMeans& items, double error = 0.05) {
  RankedValue value;
  value.value = mean(items.values);
  value.item_error = error;
  value.n = static_cast<int64_t>(items.values.size());
  value.seeds = 1;
  value.items = &items;
  return value;
}

RankedValue of_seeds(double value, double sd, int64_t seeds) {
  RankedValue ranked;
  ranked.value = value;
  ranked.seed_sd = sd;
  ranked.seeds = seeds;
  return ranked;
}

std::vector<double> ones(size_t count, size_t n) {
  std::vector<double> values(n, 0.0);
  for (size_t i = 0; i < count; ++i) values[i] = 1;
  return values;
}

const RankGoal kLow{"low"};

TEST(SignFlips, CountsEveryChoiceOfFewItems) {
  // All three differences are 1: only +++ and --- are as far from 0.
  const SignFlips flips(3);
  EXPECT_TRUE(flips.exact());
  EXPECT_DOUBLE_EQ(flips.p(flips.sums({2, 3, 4}), flips.sums({1, 2, 3})),
                   2.0 / 8);
  EXPECT_DOUBLE_EQ(flips.p(flips.sums({1, 2, 3}), flips.sums({1, 2, 3})), 1);
}

TEST(SignFlips, AgreesWithScipysPermutationTest) {
  // scipy 1.17.1, permutation_test(permutation_type="samples") of a - b.
  const SignFlips flips(10);
  const double p =
      flips.p(flips.sums({.9, .8, .7, .95, .6, .85, .7, .75, .9, .65}),
              flips.sums({.7, .75, .72, .6, .55, .8, .5, .7, .85, .4}));
  EXPECT_NEAR(p, 0.00390625, 1e-12);
}

TEST(SignFlips, DrawsForManyItemsAndIsNeverZero) {
  const SignFlips flips(70);  // more than one word of signs
  EXPECT_FALSE(flips.exact());
  const double p = flips.p(flips.sums(std::vector<double>(70, 1.0)),
                           flips.sums(std::vector<double>(70, 0.0)));
  EXPECT_DOUBLE_EQ(p, 1.0 / 10001);
  // Item 69 alone differs: half of the draws flip it, all are as far.
  std::vector<double> one(70, 0.0);
  one[69] = 1;
  EXPECT_DOUBLE_EQ(
      flips.p(flips.sums(one), flips.sums(std::vector<double>(70, 0.0))), 1);
}

TEST(PairTests, UseMcNemarsTestForYesAndNoOfTheSameItems) {
  // 12 items lost, none gained: p = 2 / 2^12. 5 of 5: p = 2 / 2^5 > 0.05.
  const ItemMeans none = items_of(ones(0, 40)), few = items_of(ones(5, 40)),
                  many = items_of(ones(12, 40));
  const PairTests clear({of_items(none), of_items(many)}, kLow);
  EXPECT_EQ(clear.tests(), "exact McNemar test on the same items");
  EXPECT_TRUE(clear.better(0, 1));
  EXPECT_FALSE(clear.better(1, 0));
  const PairTests unclear({of_items(none), of_items(few)}, kLow);
  EXPECT_FALSE(unclear.better(0, 1));
}

TEST(PairTests, SeePairedDifferencesThatIntervalsHide) {
  // Every item 0.1 better, over items that differ far more.
  std::vector<double> a, b;
  for (int i = 0; i < 30; ++i) {
    a.push_back(i / 30.0);
    b.push_back(i / 30.0 + 0.1 + (i % 3) * 0.01);
  }
  const ItemMeans first = items_of(a);
  ItemMeans second = items_of(b);
  const PairTests paired({of_items(first), of_items(second)}, kLow);
  EXPECT_EQ(paired.tests(), "sign-flip permutation test on the same items");
  EXPECT_TRUE(paired.better(0, 1));
  second.ids[7] = "another item";
  const PairTests apart({of_items(first), of_items(second, 0.06)}, kLow);
  EXPECT_NE(apart.tests().find("unpaired"), std::string::npos);
  EXPECT_FALSE(apart.better(0, 1));
}

TEST(PairTests, CountSeedsByTheirSpread) {
  // scipy 1.17.1, ttest_ind_from_stats(.30, .05, 3, .42, .02, 4,
  // equal_var=False): p = 0.0411; with 2 seeds in place of 3, 0.160.
  EXPECT_TRUE(PairTests({of_seeds(.30, .05, 3), of_seeds(.42, .02, 4)}, kLow)
                  .better(0, 1));
  EXPECT_FALSE(PairTests({of_seeds(.30, .05, 2), of_seeds(.42, .02, 4)}, kLow)
                   .better(0, 1));
}

TEST(PairTests, AddTheSpreadOverSeedsToThatOverItems) {
  const ItemMeans a = items_of(ones(0, 40)), b = items_of(ones(12, 40));
  RankedValue x = of_items(a), y = of_items(b);
  x.seeds = y.seeds = 2;
  x.seed_sd = y.seed_sd = 0.001;
  const PairTests calm({x, y}, kLow);
  EXPECT_NE(calm.tests().find("paired t test"), std::string::npos);
  EXPECT_TRUE(calm.better(0, 1));
  x.seed_sd = y.seed_sd = 0.2;
  EXPECT_FALSE(PairTests({x, y}, kLow).better(0, 1));
}

TEST(PairTests, CompareDistancesToATarget) {
  RankedValue near = of_seeds(0.55, 0.01, 5), far = of_seeds(0.35, 0.01, 5);
  const RankGoal goal{"near", 0.5, 0};
  EXPECT_TRUE(PairTests({near, far}, goal).better(0, 1));
  // The target is known badly, and the values lie on its two sides.
  const RankGoal vague{"near", 0.5, 0.2};
  EXPECT_FALSE(PairTests({near, far}, vague).better(0, 1));
}

TEST(PairTests, CorrectForTheNumberOfPairs) {
  // p = 0.031 of one pair is significant, of three it is not.
  const ItemMeans a = items_of(ones(0, 40)), b = items_of(ones(6, 40)),
                  c = items_of(ones(3, 40));
  EXPECT_TRUE(PairTests({of_items(a), of_items(b)}, kLow).better(0, 1));
  EXPECT_FALSE(
      PairTests({of_items(a), of_items(b), of_items(c)}, kLow).better(0, 1));
}

TEST(PairTests, TellNothingWithoutErrors) {
  RankedValue a, b;
  a.value = 0.1;
  b.value = 0.9;
  a.seeds = b.seeds = 1;
  const PairTests tests({a, b}, kLow);
  EXPECT_EQ(tests.tests(), "");
  EXPECT_FALSE(tests.better(0, 1));
}

}  // namespace
}  // namespace lethe
