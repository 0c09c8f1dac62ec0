#include "harness/run/influence_ranking.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace lethe {
namespace {

using ::testing::ElementsAre;

TEST(InfluenceRanking, HighestFirstWithoutWhatIsNotScored) {
  const std::vector<double> scores = {0.1, NAN, 0.5, 0.5, -1};
  EXPECT_THAT(by_influence(scores), ElementsAre(2, 3, 0, 4));
  EXPECT_THAT(by_influence(scores, 2), ElementsAre(2, 3));
}

TEST(InfluenceRanking, JoinsOutputsByMeanOrMaximum) {
  const InfluenceScores scores = {{1, 0, -3, NAN}, {0, 0.5, -1, NAN}};
  EXPECT_THAT(by_influence(joint_scores(scores, "mean")), ElementsAre(0, 1, 2));
  EXPECT_DOUBLE_EQ(joint_scores(scores, "mean")[2], -2);
  EXPECT_DOUBLE_EQ(joint_scores(scores, "max")[1], 0.5);
  EXPECT_DOUBLE_EQ(joint_scores(scores, "max")[2], -1);
  EXPECT_TRUE(std::isnan(joint_scores(scores, "max")[3]));
}

// 4 3 2 1 0, in the set: 4 and 1. Of 6 pairs 3 + 1 are won; of the 2 highest
// one is in the set.
TEST(InfluenceRanking, AgreementIsAurocAndRecall) {
  const std::vector<double> scores = {0, 4, NAN, 3, 1, 2};
  const InfluenceAgreement found =
      influence_agreement(scores, {false, true, true, false, true, false}, 0);
  EXPECT_DOUBLE_EQ(found.auroc.value, 4.0 / 6);
  EXPECT_EQ(found.auroc.n, 5);
  EXPECT_DOUBLE_EQ(found.recall.value, 0.5);
  EXPECT_EQ(found.recall.n, 2);
  EXPECT_LT(found.recall.ci95.low, 0.5);
  EXPECT_TRUE(
      std::isnan(influence_agreement({1, 2}, {false, false}, 0).recall.value));
}

}  // namespace
}  // namespace lethe
