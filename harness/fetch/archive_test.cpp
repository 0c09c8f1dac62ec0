#include "harness/fetch/archive.h"

#include <gtest/gtest.h>

namespace lethe {
namespace {

TEST(Members, AreMeantByNameOrPattern) {
  EXPECT_TRUE(means_member("a/b.csv", "a/b.csv"));
  EXPECT_TRUE(means_member("a/*_test.csv", "a/x_test.csv"));
  EXPECT_FALSE(means_member("a/*_test.csv", "a/b/x_test.csv"));
  EXPECT_FALSE(means_member("a/*_test.csv", "b/a/x_test.csv"));
  EXPECT_FALSE(means_member("a/b.csv", "A/b.csv"));
}

TEST(Members, OfOtherSystemsAreNotMeantByAPattern) {
  EXPECT_FALSE(means_member("a/*_test.csv", "a/._x_test.csv"));
  EXPECT_FALSE(means_member("*/*.csv", "__MACOSX/x.csv"));
  EXPECT_FALSE(means_member("*", "a/"));
}

TEST(Members, StayInside) {
  for (const char* name : {"a", "a/b", "..a", "a../b", "a/..b/c"}) {
    EXPECT_TRUE(stays_inside(name)) << name;
  }
  for (const char* name :
       {"", "/a", "..", "../a", "a/..", "a/../b", "a\\..\\b"}) {
    EXPECT_FALSE(stays_inside(name)) << name;
  }
}

}  // namespace
}  // namespace lethe
