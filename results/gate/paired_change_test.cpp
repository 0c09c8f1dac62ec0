#include "results/gate/paired_change.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "harness/base/paired.h"

namespace lethe {
namespace {

using testing::HasSubstr;

ItemValues items(const std::vector<double>& values) {
  ItemValues made;
  for (size_t i = 0; i < values.size(); ++i) {
    made.ids.push_back(std::to_string(i));
  }
  made.values = values;
  return made;
}

TEST(PairedChange, OfSharesCountsLostAndGainedItems) {
  std::string why;
  const Measured m =
      paired_change(items({1, 1, 1, 0, 0, 1}), items({1, 0, 0, 1, 0, 1}), why);
  EXPECT_EQ(why, "");
  EXPECT_NEAR(m.value, 1.0 / 6, 1e-12);
  EXPECT_NEAR(m.low, tango(1, 2, 6).low, 1e-9);
  EXPECT_NEAR(m.high, tango(1, 2, 6).high, 1e-9);
  EXPECT_EQ(m.n, 6);
}

TEST(PairedChange, DoesNotMindTheOrderOfItems) {
  const ItemValues a = items({0.3, 0.5, 0.8, 0.1, 0.6, 0.7, 0.2, 0.9});
  ItemValues b = items({0.2, 0.1, 0.9, 0.3, 0.5, 0.2, 0.2, 0.4});
  std::string why;
  const Measured straight = paired_change(a, b, why);
  std::swap(b.ids[0], b.ids[2]);
  std::swap(b.values[0], b.values[2]);
  const Measured turned = paired_change(a, b, why);
  EXPECT_EQ(straight.value, turned.value);
  ASSERT_TRUE(straight.has_interval());
  EXPECT_EQ(straight.low, turned.low);
}

// What items have in common does not widen the interval: all lose 0.1.
TEST(PairedChange, IsExactWhereEveryItemChangesAlike) {
  std::string why;
  const Measured m = paired_change(items({0.9, 0.1, 0.5, 0.3}),
                                   items({0.8, 0.0, 0.4, 0.2}), why);
  EXPECT_NEAR(m.value, 0.1, 1e-12);
  EXPECT_NEAR(m.low, 0.1, 1e-9);
  EXPECT_NEAR(m.high, 0.1, 1e-9);
}

TEST(PairedChange, OfPerplexitiesIsTheirDifference) {
  ItemValues a = items({2, 7}), b = items({1, 7});
  for (ItemValues* one : {&a, &b}) {
    one->form = ItemForm::exp_ratio;
    one->weights = {4, 1};
  }
  std::string why;
  EXPECT_NEAR(paired_change(a, b, why).value, std::exp(3) - std::exp(2.2),
              1e-12);
}

TEST(PairedChange, ResamplesDocumentsWhereItemsBelongToSome) {
  std::vector<double> before, after;
  for (int document = 0; document < 8; ++document) {
    for (int line = 0; line < 5; ++line) {
      before.push_back(0.9);
      after.push_back(0.9 - 0.1 * (document % 4) - 0.001 * line);
    }
  }
  ItemValues a = items(before), b = items(after);
  std::string why;
  const Measured alone = paired_change(a, b, why);
  for (size_t i = 0; i < before.size(); ++i) {
    a.clusters.push_back(std::to_string(i / 5));
  }
  b.clusters = a.clusters;
  const Measured together = paired_change(a, b, why);
  EXPECT_NEAR(alone.value, together.value, 1e-12);
  ASSERT_TRUE(together.has_interval());
  EXPECT_GT(together.high - together.low, alone.high - alone.low);
}

TEST(PairedChange, OfRankingsIsThatOfTheirAuc) {
  ItemValues a = items({3, 1, 2, 4, 0, 1}), b = items({1, 3, 2, 4, 0, 5});
  for (ItemValues* one : {&a, &b}) {
    one->form = ItemForm::ranking;
    one->members = {true, true, true, false, false, false};
  }
  std::string why;
  const Measured m = paired_change(a, b, why);
  EXPECT_EQ(why, "");
  // 5.5 and 3 of 9 pairs are won.
  EXPECT_NEAR(m.value, 5.5 / 9 - 3.0 / 9, 1e-12);
  EXPECT_TRUE(m.has_interval());
}

TEST(PairedChange, IsRefusedForOtherItems) {
  std::string why;
  ItemValues other = items({1, 0});
  other.ids[1] = "9";
  EXPECT_FALSE(std::isfinite(paired_change(items({1, 0}), other, why).value));
  EXPECT_THAT(why, HasSubstr("is on one side alone"));
  why.clear();
  paired_change(items({1, 0}), items({1}), why);
  EXPECT_THAT(why, HasSubstr("2 and 1 items"));
  why.clear();
  paired_change(items({}), items({}), why);
  EXPECT_THAT(why, HasSubstr("no items"));
}

TEST(PairedChange, IsRefusedWithoutAValueForEachItem) {
  std::string why;
  paired_change(items({1, std::nan("")}), items({1, 0}), why);
  EXPECT_THAT(why, HasSubstr("item 1 has no finite value"));
  why.clear();
  ItemValues none;
  none.missing = "no samples";
  paired_change(none, items({1}), why);
  EXPECT_EQ(why, "no samples");
}

}  // namespace
}  // namespace lethe
