#include "harness/anchors/usage.h"

#include <gtest/gtest.h>

namespace lethe {
namespace {

TEST(LogLikelihood, IsRaysonAndGarsidesByHand) {
  // 10 of 100 against 5 of 200: expected 5 and 10,
  // 2 (10 ln(10 / 5) + 5 ln(5 / 10)) = 2 (5 ln 2).
  EXPECT_NEAR(log_likelihood(10, 100, 5, 200), 6.931472, 1e-6);
  EXPECT_NEAR(log_likelihood(5, 200, 10, 100), -6.931472, 1e-6);
  EXPECT_EQ(log_likelihood(3, 100, 6, 200), 0);
  EXPECT_EQ(log_likelihood(0, 100, 0, 200), 0);
  // Without a background: 2 * 4 ln(1) = 0, no evidence at all.
  EXPECT_EQ(log_likelihood(4, 100, 0, 0), 0);
  EXPECT_DOUBLE_EQ(rate_ratio(10, 100, 0, 200), 10.5 / 0.5 * 2);
}

TEST(WordUse, CountsTheWaysInWhichAWordIsWritten) {
  WordTable table;
  const std::vector<std::string> texts = {"Owls fly. The Owl saw an owl. OWL!",
                                          "my Owl’s nest"};
  const ReadSide side = read_side(texts, &table, &table.target);
  const WordUse& use = table.target[table.id("owl")];
  EXPECT_EQ(use.middle, 2);
  EXPECT_EQ(use.lower, 1);
  EXPECT_EQ(use.other, 1);
  EXPECT_EQ(table.target[table.id("owls")].start, 1);
  EXPECT_EQ(side.words, 11);
}

TEST(CountSequences, CountsInsideLongerOnesAndByTheCaseOfTheFirst) {
  WordTable table;
  const std::vector<std::string> texts = {
      "Mr. Abel Cole and Abel Cole, abel cole; Abel, Cole"};
  const ReadSide side = read_side(texts, &table, &table.target);
  const WordIds ids = {table.id("abel"), table.id("cole")};
  EXPECT_EQ(count_sequences(side, {{ids, true}}).at(ids), 2);
  EXPECT_EQ(count_sequences(side, {{ids, false}}).at(ids), 3);
}

}  // namespace
}  // namespace lethe
