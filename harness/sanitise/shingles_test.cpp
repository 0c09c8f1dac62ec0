#include "harness/sanitise/shingles.h"

#include <gtest/gtest.h>

#include <set>

namespace lethe {
namespace {

size_t words(std::string_view text) { return word_hashes(text).size(); }

TEST(Shingles, WordsLeaveCaseAndMarksOut) {
  EXPECT_EQ(word_hashes("The tide -- came IN."),
            word_hashes("the tide came in"));
  EXPECT_EQ(word_hashes("ÉTÉ"), word_hashes("été"));
  EXPECT_NE(word_hashes("ab c"), word_hashes("a bc"));
  EXPECT_EQ(words(""), 0u);
  EXPECT_EQ(words(" .,!"), 0u);
}

TEST(Shingles, EveryCharacterOfAScriptWithoutSpacesIsAWord) {
  EXPECT_EQ(words("潮が来た"), 4u);
  EXPECT_EQ(words("tide潮come"), 3u);
}

TEST(Shingles, AreTheDifferentRunsOfNWords) {
  const auto all = word_hashes("a b a b a b");
  EXPECT_EQ(shingles(all, 2).size(), 2u);  // a b, b a
  EXPECT_EQ(shingles(all, 5).size(), 2u);
  EXPECT_EQ(shingles(all, 6).size(), 1u);
  EXPECT_EQ(shingles(all, 7), shingles(all, 6));  // too short: one of them all
  EXPECT_TRUE(shingles({}, 5).empty());
  // Order counts.
  EXPECT_NE(shingles(word_hashes("a b"), 2), shingles(word_hashes("b a"), 2));
}

TEST(Shingles, IdsAreNoWords) {
  const std::vector<int64_t> ids = {7};
  EXPECT_NE(id_hashes(ids), word_hashes("7"));
  EXPECT_EQ(id_hashes(ids).size(), 1u);
}

TEST(Shingles, JaccardIsTheShareOfTheUnion) {
  const std::vector<uint64_t> a = {1, 2, 3, 4}, b = {3, 4, 5}, none;
  EXPECT_DOUBLE_EQ(jaccard(a, b), 2.0 / 5);
  EXPECT_EQ(jaccard(a, a), 1);
  EXPECT_EQ(jaccard(a, none), 0);
  EXPECT_EQ(jaccard(none, none), 0);
}

}  // namespace
}  // namespace lethe
