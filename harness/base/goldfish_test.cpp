// The places that the published code drops of the targets 1000, 1001, ..., and
// what is known of a target before it is seen.
#include "harness/base/goldfish.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "harness/base/error.h"
#include "harness/base/rng.h"

namespace lethe {
namespace {

using Places = std::vector<size_t>;

Places dropped_of_32(const GoldfishOptions& options) {
  std::vector<int64_t> targets(32);
  std::iota(targets.begin(), targets.end(), 1000);
  const auto mask = GoldfishMask(options).dropped(targets);
  Places places;
  for (size_t i = 0; i < mask.size(); ++i) {
    if (mask[i]) places.push_back(i);
  }
  return places;
}

TEST(Goldfish, DropsThePlacesOfThePublishedCode) {
  EXPECT_EQ(dropped_of_32({.k = 4, .h = 4}),
            (Places{4, 10, 12, 13, 15, 20, 27}));
  EXPECT_EQ(dropped_of_32({.k = 4, .h = 13}), (Places{12, 21, 28}));
  EXPECT_EQ(dropped_of_32({.k = 3, .h = 13}), (Places{12, 13, 14, 21, 23, 28}));
}

// table[0] is 0.2337: dropped for k = 4, kept for k = 5.
TEST(Goldfish, AnIdOfZeroMakesTheKeyZero) {
  const std::vector<int64_t> targets = {0, 7, 8};
  EXPECT_EQ(GoldfishMask({.k = 4, .h = 2}).dropped(targets)[1], true);
  EXPECT_EQ(GoldfishMask({.k = 5, .h = 2}).dropped(targets)[1], false);
}

TEST(Goldfish, ThePrecedingFormKnowsBeforeTheTokenIsSeen) {
  const GoldfishMask mask({.k = 3, .h = 2, .form = GoldfishForm::preceding});
  const std::vector<int64_t> targets = {5, 6, 7, 8, 9, 10, 11, 12};
  const auto dropped = mask.dropped(targets);
  for (size_t i = 0; i < targets.size(); ++i) {
    const auto next = mask.behind(std::span(targets).first(i));
    ASSERT_TRUE(next.decided().has_value());
    EXPECT_EQ(*next.decided(), dropped[i]);
  }
}

TEST(Goldfish, ThePublishedFormDependsOnTheTokenUnlessTheKeyIsZero) {
  const GoldfishMask mask({.k = 4, .h = 3});
  const std::vector<int64_t> one = {5}, two = {5, 6}, zero = {5, 0};
  EXPECT_EQ(mask.behind(one).decided(), false);  // no whole window yet
  EXPECT_EQ(mask.behind(two).decided(), std::nullopt);
  EXPECT_EQ(mask.behind(zero).decided(), true);
  EXPECT_EQ(mask.dropped({}).size(), 0u);
}

GoldfishOptions least(int64_t k, int64_t h, int64_t shingle) {
  return {.k = k, .h = h, .hash = GoldfishHash::minhash, .shingle = shingle};
}

// From the formula, in Python.
TEST(GoldfishMinhash, DropsThePlacesOfItsFormula) {
  EXPECT_EQ(dropped_of_32(least(4, 4, 2)),
            (Places{3, 6, 11, 15, 17, 20, 21, 23, 24}));
  EXPECT_EQ(dropped_of_32(least(4, 13, 3)), (Places{13, 18, 28, 30, 31}));
  EXPECT_EQ(dropped_of_32(least(3, 13, 1)),
            (Places{12, 15, 18, 21, 23, 24, 26, 27, 29, 31}));
  GoldfishOptions other = least(3, 5, 2);
  other.form = GoldfishForm::preceding;
  EXPECT_EQ(dropped_of_32(other),
            (Places{7, 12, 16, 18, 21, 22, 24, 25, 26, 29}));
  other = least(4, 13, 3);
  other.table_seed = 7;
  EXPECT_EQ(dropped_of_32(other), (Places{12, 13, 14, 15, 16, 22, 26, 30}));
}

// Ids as words are drawn in a language: the n-th one with a share of 1 / n.
std::vector<int64_t> like_a_language(size_t count, const std::string& name) {
  Rng rng(1, name);
  std::vector<int64_t> ids(count);
  for (int64_t& id : ids) {
    id = static_cast<int64_t>(std::exp(rng.uniform() * std::log(5000.0)));
  }
  return ids;
}

struct Copy {
  std::vector<int64_t> ids;
  std::vector<bool> same;  // the id is the original's
};

Copy with_replaced(const std::vector<int64_t>& ids, double share) {
  Rng rng(2, "copy");
  Copy copy{ids, std::vector<bool>(ids.size(), true)};
  for (size_t i = 0; i < ids.size(); ++i) {
    if (rng.uniform() >= share) continue;
    copy.ids[i] = ids[i] + 10000;
    copy.same[i] = false;
  }
  return copy;
}

// Of the ids that are dropped and are the copy's too: the share dropped there.
double kept_drops(const GoldfishOptions& options,
                  const std::vector<int64_t>& ids, const Copy& copy) {
  const GoldfishMask mask(options);
  const auto a = mask.dropped(ids), b = mask.dropped(copy.ids);
  double both = 0, all = 0;
  for (size_t i = 0; i < ids.size(); ++i) {
    if (!a[i] || !copy.same[i]) continue;
    ++all;
    both += b[i] ? 1 : 0;
  }
  return both / all;
}

TEST(GoldfishMinhash, KeepsMostDropsOfANearDuplicate) {
  const auto ids = like_a_language(20000, "near");
  for (const GoldfishForm form :
       {GoldfishForm::published, GoldfishForm::preceding}) {
    GoldfishOptions product, minhash = least(4, 13, 3);
    product.form = minhash.form = form;
    const Copy one = with_replaced(ids, 0.02), more = with_replaced(ids, 0.1);
    EXPECT_LT(kept_drops(product, ids, one), 0.86);
    EXPECT_GT(kept_drops(minhash, ids, one), 0.90);
    EXPECT_LT(kept_drops(product, ids, more), 0.50);
    EXPECT_GT(kept_drops(minhash, ids, more), 0.65);
    EXPECT_EQ(kept_drops(minhash, ids, with_replaced(ids, 0)), 1);
  }
}

TEST(GoldfishMinhash, OfTheSameWindowIsTheSameWhereverItStands) {
  const auto ids = like_a_language(400, "moved");
  std::vector<int64_t> moved = like_a_language(57, "before");
  moved.insert(moved.end(), ids.begin(), ids.end());
  const GoldfishMask mask(least(4, 13, 3));
  const auto a = mask.dropped(ids), b = mask.dropped(moved);
  for (size_t i = 12; i < ids.size(); ++i) EXPECT_EQ(a[i], b[i + 57]) << i;
}

TEST(GoldfishMinhash, DropsOneInKAndNoLongRuns) {
  const auto ids = like_a_language(40000, "rate");
  for (const int64_t k : {3, 4, 8}) {
    const auto dropped = GoldfishMask(least(k, 13, 3)).dropped(ids);
    double count = 0, runs = 0;
    size_t gap = 0, longest = 0;
    for (size_t i = 0; i < dropped.size(); ++i) {
      count += dropped[i] ? 1 : 0;
      runs += dropped[i] && (i == 0 || !dropped[i - 1]) ? 1 : 0;
      gap = dropped[i] ? 0 : gap + 1;
      longest = std::max(longest, gap);
    }
    const double share = 1.0 / static_cast<double>(k);
    EXPECT_NEAR(count / 40000, share, share / 10) << k;
    // Independent drops: runs of 1 / (1 - 1 / k). By the least run alone: 8.
    EXPECT_NEAR(count / runs, 1 / (1 - share), 0.15) << k;
    EXPECT_LT(longest, static_cast<size_t>(k) * 20);
  }
}

TEST(GoldfishMinhash, KnowsOfTheNextWhatTheMaskOfAllSays) {
  const auto ids = like_a_language(300, "next");
  for (const GoldfishForm form :
       {GoldfishForm::published, GoldfishForm::preceding}) {
    GoldfishOptions options = least(3, 4, 2);
    options.form = form;
    const GoldfishMask mask(options);
    const auto dropped = mask.dropped(ids);
    const size_t whole = form == GoldfishForm::published ? 3 : 4;
    for (size_t i = 0; i < ids.size(); ++i) {
      const auto next = mask.behind(std::span(ids).first(i));
      EXPECT_EQ(next.drops(ids[i]), dropped[i]);
      EXPECT_EQ(next.decided().has_value(),
                i < whole || form == GoldfishForm::preceding);
    }
  }
}

TEST(Goldfish, RefusesWhatDropsEverything) {
  EXPECT_THROW(GoldfishMask(least(4, 2, 3)), Error);
  EXPECT_THROW(GoldfishMask(least(4, 2, 0)), Error);
  EXPECT_NO_THROW(GoldfishMask({.h = 1})) << "the product reads no shingle";
  EXPECT_THROW(goldfish_hash("minhas"), Error);
  EXPECT_THROW(GoldfishMask({.k = 1}), Error);
  EXPECT_THROW(GoldfishMask({.h = 0}), Error);
  EXPECT_THROW(goldfish_form("publisched"), Error);
}

}  // namespace
}  // namespace lethe
