#include "results/paired_items.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "harness/base/paired.h"

namespace lethe {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

using Numbers = std::vector<double>;

PairedItems means(const Numbers& a, const Numbers& b) {
  PairedItems items;
  for (size_t i = 0; i < a.size(); ++i) items.ids.push_back(std::to_string(i));
  items.a = {a};
  items.b = {b};
  return items;
}

TEST(TestPairs, OfHitsIsMcNemarWithTango) {
  const PairedResult r =
      test_pairs(means({1, 1, 1, 1, 0, 1}, {0, 0, 0, 1, 1, 1}), 0);
  EXPECT_EQ(r.test, "mcnemar_exact");
  EXPECT_EQ(r.p, mcnemar_exact(3, 1));
  EXPECT_DOUBLE_EQ(r.difference, -2.0 / 6);
  EXPECT_EQ(r.ci95.low, tango(3, 1, 6).low);
  ASSERT_THAT(r.lost, SizeIs(3));
  EXPECT_EQ(r.lost[1].id, "1");
  ASSERT_THAT(r.gained, SizeIs(1));
  EXPECT_EQ(r.gained[0].id, "4");
  EXPECT_EQ(r.effects[0].first, "odds_ratio");
  EXPECT_DOUBLE_EQ(r.effects[0].second, 1.0 / 3);
  EXPECT_DOUBLE_EQ(r.effects[1].second, -2.0 / 6);
}

TEST(TestPairs, OfHitsThatAllStayedHasAnInterval) {
  const PairedResult r = test_pairs(means(Numbers(50, 1), Numbers(50, 1)), 0);
  EXPECT_EQ(r.p, 1);
  EXPECT_EQ(r.difference, 0);
  EXPECT_LT(r.ci95.low, -0.05);
  EXPECT_GT(r.mde, 0.1);
  EXPECT_THAT(r.lost, IsEmpty());
}

TEST(TestPairs, OfNumbersFlipsSigns) {
  const PairedResult r = test_pairs(
      means({0.1, 0.2, 0.3, 0.4, 0.5}, {0.35, 0.25, 0.5, 0.5, 0.4}), 0);
  EXPECT_EQ(r.test, "sign_flip_exact");
  EXPECT_NEAR(r.difference, 0.1, 1e-12);
  EXPECT_NEAR(r.p, sign_flip({5, 1, 4, 2, -2}).p, 1e-12);
  EXPECT_EQ(r.ci95.method, "bootstrap_t");
  EXPECT_EQ(r.lost[0].id, "4");
  EXPECT_EQ(r.gained[0].id, "0");  // the largest change first
  EXPECT_NEAR(r.effects[0].second, cohens_dz({5, 1, 4, 2, -2}), 1e-9);
  EXPECT_EQ(test_pairs(means(Numbers(60, 0.1), Numbers(60, 0.2)), 0).test,
            "sign_flip_monte_carlo");
}

TEST(TestPairs, OfDifferencesThatAreAllAlikeHasNoInterval) {
  const PairedResult same =
      test_pairs(means({0.5, 0.25, 0.75}, {0.5, 0.25, 0.75}), 0);
  EXPECT_EQ(same.p, 1);
  EXPECT_EQ(same.difference, 0);
  EXPECT_TRUE(std::isnan(same.ci95.low));
  const PairedResult one = test_pairs(means({0.5}, {0.75}), 0);
  EXPECT_EQ(one.p, 1);
  EXPECT_TRUE(std::isnan(one.ci95.low));
  EXPECT_TRUE(std::isnan(one.mde));
}

TEST(TestPairs, AveragesSeedsItemByItem) {
  PairedItems items = means({1, 0, 1, 0}, {0, 0, 1, 1});
  items.b.push_back({1, 0, 0, 1});
  const PairedResult r = test_pairs(items, 0);
  EXPECT_EQ(r.test, "sign_flip_exact");  // halves are no hits
  EXPECT_DOUBLE_EQ(r.difference, 0);
  EXPECT_DOUBLE_EQ(r.lost[0].b, 0.5);
}

TEST(TestPairs, FlipsDocumentsThatBelongTogetherTogether) {
  PairedItems items = means({0, 0, 0, 0, 0, 0}, {1, 1, 1, 1, 1, 1});
  const double apart = test_pairs(items, 0).p;
  items.clusters = {"x", "x", "x", "y", "y", "y"};
  const PairedResult r = test_pairs(items, 0);
  EXPECT_EQ(apart, mcnemar_exact(0, 6));
  EXPECT_DOUBLE_EQ(r.p, 0.5);  // of two clusters
  EXPECT_EQ(r.difference, 1);
}

TEST(TestPairs, OfPerplexitiesWeighsTokensAndGivesTheRatio) {
  PairedItems items = means({2, 3, 2.5, 1}, {2.5, 3.5, 2.25, 1.5});
  items.form = ItemForm::exp_ratio;
  items.weights = {10, 5, 20, 1};
  const PairedResult r = test_pairs(items, 0);
  const double a = (20 + 15 + 50 + 1) / 36.0;
  const double b = (25 + 17.5 + 45 + 1.5) / 36.0;
  EXPECT_NEAR(r.difference, std::exp(b) - std::exp(a), 1e-9);
  EXPECT_NEAR(r.ratio, std::exp(b - a), 1e-12);
  EXPECT_NEAR(r.p, sign_flip({5, 2.5, -5, 0.5}).p, 1e-12);
  EXPECT_LT(r.ratio_ci95.low, r.ratio);
  EXPECT_EQ(r.ratio_ci95.low > 1, r.ci95.low > 0);
  EXPECT_GT(r.mde, 0);
}

PairedItems rankings(const Numbers& a, const Numbers& b) {
  PairedItems items = means(a, b);
  items.form = ItemForm::ranking;
  for (size_t i = 0; i < a.size(); ++i) items.members.push_back(i % 2 == 0);
  return items;
}

TEST(TestPairs, OfAucsIsDeLong) {
  const PairedResult r = test_pairs(
      rankings({5, 1, 6, 2, 7, 6.5, 3, 2.5}, {1, 5, 6, 2, 3, 6.5, 7, 2.5}), 0);
  EXPECT_EQ(r.test, "delong");
  EXPECT_DOUBLE_EQ(r.difference, -4.0 / 16);
  EXPECT_GT(r.p, 0.05);
  EXPECT_EQ(r.ci95.method, "delong");
  EXPECT_EQ(r.lost[0].id, "0");
  PairedItems empty = rankings({1, 2}, {2, 1});
  empty.members = {true, true};
  EXPECT_THAT(test_pairs(empty, 0).reason, HasSubstr("empty"));
  const PairedResult turned =
      test_pairs(rankings({1, 0, 1, 0}, {0, 1, 0, 1}), 0);
  EXPECT_TRUE(std::isnan(turned.p));
  EXPECT_EQ(turned.test, "");
  EXPECT_THAT(turned.reason, HasSubstr("no spread"));
}

TEST(TestPairs, OfTprsDrawsBothClasses) {
  Numbers a, b;
  for (int i = 0; i < 80; ++i) {
    a.push_back(i % 2 == 0 ? 100 + i : i);
    b.push_back(i % 2 == 0 && i < 20 ? 100 + i : i - 0.5 * (i % 2));
  }
  PairedItems items = rankings(a, b);
  items.fpr = 0.05;
  const PairedResult r = test_pairs(items, 0);
  EXPECT_EQ(r.test, "bootstrap_stratified");
  EXPECT_EQ(r.lost.size(), static_cast<size_t>(-40 * r.difference + 0.5));
  EXPECT_LT(r.difference, -0.6);
  EXPECT_LT(r.ci95.high, 0);
  EXPECT_LE(r.p, 0.002);
  EXPECT_GT(r.p, 0);  // never 0
  EXPECT_EQ(test_pairs(rankings(a, a), 0).p, 1);
}

TEST(TestPairs, DoNotPassWithoutValues) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const PairedResult r = test_pairs(means({1, 0, nan}, {0, nan, 1}), 0);
  EXPECT_EQ(r.reason, "2 of 3 items have no value");
  EXPECT_TRUE(std::isnan(r.p));
  EXPECT_EQ(r.test, "");
  EXPECT_EQ(test_pairs(means({}, {}), 0).reason, "no items");
}

TEST(PairItems, BringsItemsInOneOrder) {
  ItemValues a, b;
  a.ids = {"x", "y"};
  a.values = {1, 2};
  b.ids = {"y", "x"};
  b.values = {3, 4};
  std::string problem;
  EXPECT_EQ(pair_items({a}, {b}, problem).b[0], (Numbers{4, 3}));
  EXPECT_EQ(problem, "");
}

TEST(PairItems, SaysWhatDiffers) {
  ItemValues a;
  a.ids = {"x", "y"};
  a.values = {1, 2};
  const auto problem_of = [&](const ItemValues& b) {
    std::string problem;
    pair_items({a}, {b}, problem);
    return problem;
  };
  ItemValues b = a;
  b.ids = {"x", "z"};
  EXPECT_EQ(problem_of(b), "item z is on one side alone");
  b.ids = {"x"};
  b.values = {1};
  EXPECT_EQ(problem_of(b), "2 and 1 items");
  a.weights = {5, 5};
  b = a;
  b.weights = {5, 6};
  EXPECT_THAT(problem_of(b), HasSubstr("tokens of item y differ"));
  a.members = {true, false};
  b = a;
  b.members = {false, false};
  EXPECT_THAT(problem_of(b), HasSubstr("item x is a member on one side"));
}

}  // namespace
}  // namespace lethe
