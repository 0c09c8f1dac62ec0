// auroc and tpr_at_fpr.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "harness/base/registry.h"
#include "harness/plugin/metric.h"

namespace lethe {
namespace {

using testing::HasSubstr;

Observations labelled(const std::vector<double>& members,
                      const std::vector<double>& others) {
  Observations all;
  const auto add = [&](double score, bool member) {
    Observation seen;
    seen.id = "m" + std::to_string(all.size());
    seen.member = member;
    seen.score = score;
    all.push_back(seen);
  };
  for (const double score : members) add(score, true);
  for (const double score : others) add(score, false);
  return all;
}

Estimate value(const std::string& name, const Observations& seen,
               const Json& options = Json::object()) {
  const auto metric = Registry<Metric>::make(name, options);
  const Aggregate set = metric->aggregate(items(*metric, seen), seen);
  EXPECT_EQ(set.size(), 1);
  EXPECT_EQ(set[0].first, metric->main_field());
  EXPECT_EQ(metric->unit_of(set[0].first), "fraction");
  return set[0].second;
}

TEST(AurocMetric, IsTheShareOfPairsThatTheMemberWins) {
  const Estimate estimate =
      value("auroc", labelled({0.8, 0.4, 0.2}, {0.4, 0.1}));
  EXPECT_DOUBLE_EQ(estimate.value, 4.5 / 6);
  EXPECT_EQ(estimate.n, 5);
  EXPECT_EQ(estimate.ci95.method, "bootstrap_stratified");
  EXPECT_GE(estimate.ci95.low, 0);
  EXPECT_LE(estimate.ci95.high, 1);
}

TEST(AurocMetric, DoesNotDependOnTheOrderOfTheItems) {
  Observations seen = labelled({3, 1, 5}, {2, 4});
  const double before = value("auroc", seen).value;
  std::reverse(seen.begin(), seen.end());
  EXPECT_EQ(value("auroc", seen).value, before);
}

TEST(TprAtFprMetric, IsTheShareOfMembersAboveTheBound) {
  const Observations seen = labelled({9, 7, 5, 3}, {8, 6, 4, 2});
  EXPECT_EQ(value("tpr_at_fpr", seen, {{"fpr", 0.25}}).value, 0.5);
  EXPECT_EQ(value("tpr_at_fpr", seen, {{"fpr", 0.5}}).value, 0.75);
  EXPECT_EQ(value("tpr_at_fpr", seen, {{"fpr", 1}}).value, 1);
}

TEST(TprAtFprMetric, AllowsNoFalsePositiveBelowTheResolution) {
  // 99 others: one of them is more than 1 %.
  const std::vector<double> others(98, 0);
  Observations seen = labelled({9, 1}, others);
  const Observations accused = labelled({}, {5});
  seen.insert(seen.end(), accused.begin(), accused.end());
  EXPECT_EQ(value("tpr_at_fpr", seen).value, 0.5);
  const Observations hundredth = labelled({}, {0});
  seen.insert(seen.end(), hundredth.begin(), hundredth.end());
  EXPECT_EQ(value("tpr_at_fpr", seen).value, 1);
}

// One false positive in 60 is more than 1 %, and in 100 it is 1 %.
TEST(TprAtFprMetric, SaysWhenTheBoundIsBelowTheResolution) {
  const auto note = [](size_t others, double fpr) {
    return value("tpr_at_fpr", labelled({1}, std::vector<double>(others, 0)),
                 {{"fpr", fpr}})
        .note;
  };
  EXPECT_EQ(note(60, 0.001),
            "0.1 % of 60 non-members is less than one: this is the TPR at FPR "
            "0");
  EXPECT_EQ(note(1, 0.5),
            "50 % of 1 non-member is less than one: this is the TPR at FPR 0");
  EXPECT_THAT(note(99, 0.01), HasSubstr("1 % of 99 non-members"));
  EXPECT_EQ(note(100, 0.01), "");
  EXPECT_THAT(note(999, 0.001), HasSubstr("0.1 % of 999 non-members"));
  EXPECT_EQ(note(1000, 0.001), "");
  EXPECT_EQ(note(3, 0), "") << "that is what was asked for";
  EXPECT_EQ(note(1, 1), "");
  EXPECT_EQ(value("tpr_at_fpr", labelled({1}, {})).note, "") << "no value";
}

// sklearn 1.9.1: roc_curve leaves out the middle of three points in a line by
// default, and its value at this bound is 0.25; np.interp's is 0.5625.
TEST(TprAtFprMetric, TakesEveryThresholdAndNothingBetween) {
  const Observations seen = labelled({4, 1, 8, 7}, {3, 7, 4, 0, 0});
  EXPECT_EQ(value("tpr_at_fpr", seen, {{"fpr", 0.25}}).value, 0.5);
  EXPECT_EQ(value("tpr_at_fpr", seen, {{"fpr", 0.4}}).value, 0.75);
}

TEST(TprAtFprMetric, HasTheExactIntervalOverTheMembers) {
  const Estimate estimate = value("tpr_at_fpr", labelled({2, 3}, {1, 0, 0}));
  EXPECT_EQ(estimate.value, 1);
  EXPECT_EQ(estimate.n, 5);
  EXPECT_EQ(estimate.ci95.method, "clopper_pearson");
  EXPECT_NEAR(estimate.ci95.low, std::sqrt(0.025), 1e-12);
}

TEST(TprAtFprMetric, RefusesARateOutsideZeroToOne) {
  for (const double fpr : {-0.1, 1.5}) {
    EXPECT_THROW(Registry<Metric>::make("tpr_at_fpr", {{"fpr", fpr}}), Error);
  }
}

class MembershipMetrics : public testing::TestWithParam<const char*> {};

TEST_P(MembershipMetrics, SayWhyTheyHaveNoValue) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<std::pair<Observations, std::string>> cases = {
      {{}, "no items"},
      {labelled({1, 2}, {}), "all 2 items are members"},
      {labelled({}, {1, 2, 3}), "none of 3 items is a member"},
      {labelled({1, nan}, {0, 0}), "1 of 4 scores are not finite"},
      {labelled({1, 2}, {nan, nan}), "2 of 4 scores are not finite"}};
  for (const auto& [seen, reason] : cases) {
    const Estimate estimate = value(GetParam(), seen);
    EXPECT_TRUE(std::isnan(estimate.value));
    EXPECT_TRUE(std::isnan(estimate.ci95.low));
    EXPECT_EQ(estimate.n, static_cast<int64_t>(seen.size()));
    EXPECT_EQ(estimate.reason, reason);
  }
}

TEST_P(MembershipMetrics, RefuseAnItemWithoutLabel) {
  Observations seen = labelled({1}, {0});
  seen[1].member.reset();
  try {
    value(GetParam(), seen);
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.fault(), Fault::input);
    EXPECT_THAT(error.what(), HasSubstr("item \"m1\": has no member label"));
  }
}

INSTANTIATE_TEST_SUITE_P(All, MembershipMetrics,
                         testing::Values("auroc", "tpr_at_fpr"));

}  // namespace
}  // namespace lethe
