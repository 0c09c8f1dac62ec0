// Guesses as Python's csv writes them, the most confident first.
#include "harness/data/guesses.h"

#include <gtest/gtest.h>

namespace lethe {
namespace {

DataRow sample(const Json& fields) { return {fields, "here"}; }

TEST(Guesses, StandInTheOrderOfConfidence) {
  const std::string csv = guesses_csv(
      {sample({{"id", "0"}, {"score", -2.0}, {"output_ids", {1, 2}}}),
       sample({{"id", "1"}, {"output_ids", {3, 4}}}),
       sample({{"id", "2"}, {"score", -1.0}, {"output_ids", {5, 6}}}),
       sample({{"id", "3"}, {"score", -2.0}, {"output_ids", {7}}})});
  EXPECT_EQ(csv,
            "Example ID,Suffix Guess\r\n"
            "2,\"[5,6]\"\r\n"
            "0,\"[1,2]\"\r\n"
            "3,[7]\r\n"
            "1,\"[3,4]\"\r\n");
}

TEST(Guesses, QuoteAnIdOnlyWhereTheyMust) {
  EXPECT_EQ(guesses_csv({sample({{"id", "a,\"b\""}, {"output_ids", {1}}})}),
            "Example ID,Suffix Guess\r\n\"a,\"\"b\"\"\",[1]\r\n");
}

TEST(Guesses, AreNoneOfOtherAttacks) {
  EXPECT_EQ(guesses_csv({sample({{"id", "0"}, {"score", 1.0}})}), "");
}

}  // namespace
}  // namespace lethe
