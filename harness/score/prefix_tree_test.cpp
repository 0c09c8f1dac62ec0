// Which tokens are shared, and that each is computed once.
#include "harness/score/prefix_tree.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace lethe {
namespace {

using Ids = std::vector<int64_t>;

std::vector<PrefixNode> forest_of(const std::vector<Ids>& texts,
                                  int64_t least = 2) {
  std::vector<PrefixText> views;
  for (const Ids& text : texts) {
    const auto size = static_cast<int64_t>(text.size());
    views.push_back({text.data(), size, size - 1});
  }
  return prefix_forest(views, least);
}

int64_t tokens_of(const std::vector<PrefixNode>& forest) {
  int64_t tokens = 0;
  for (const PrefixNode& tree : forest) tokens += tree.tokens;
  return tokens;
}

// Leaves below, each with the tokens on its way.
void walk(const PrefixNode& node, int64_t above, std::vector<size_t>& leaves) {
  EXPECT_EQ(node.begin, above);
  if (!node.is_segment()) {
    EXPECT_TRUE(node.children.empty());
    leaves.push_back(node.text);
    return;
  }
  EXPECT_GE(node.children.size(), 2u);
  int64_t tokens = node.end - node.begin;
  for (const PrefixNode& child : node.children) {
    walk(child, node.end, leaves);
    tokens += child.tokens;
  }
  EXPECT_EQ(node.tokens, tokens);
}

TEST(PrefixTree, BlocksQuestionsAndChoicesNest) {
  // A block of four, two questions of three, two choices each.
  const std::vector<Ids> texts = {{1, 2, 3, 4, 5, 6, 7, 8},
                                  {1, 2, 3, 4, 5, 6, 7, 9, 9},
                                  {1, 2, 3, 4, 8, 8, 8, 1},
                                  {1, 2, 3, 4, 8, 8, 8, 2}};
  const auto forest = forest_of(texts);
  ASSERT_EQ(forest.size(), 1u);
  EXPECT_EQ(forest[0].end, 4);
  ASSERT_EQ(forest[0].children.size(), 2u);
  EXPECT_EQ(forest[0].children[0].begin, 4);
  EXPECT_EQ(forest[0].children[0].end, 7);
  EXPECT_EQ(tokens_of(forest), 4 + 3 + 1 + 2 + 3 + 1 + 1);
  std::vector<size_t> leaves;
  walk(forest[0], 0, leaves);
  std::sort(leaves.begin(), leaves.end());
  EXPECT_EQ(leaves, (std::vector<size_t>{0, 1, 2, 3}));
}

TEST(PrefixTree, ShortPrefixesAreNotShared) {
  const std::vector<Ids> texts = {{1, 2, 3, 4}, {1, 2, 9, 9}, {5, 6, 7, 8}};
  const auto forest = forest_of(texts, 3);
  EXPECT_EQ(forest.size(), 3u);
  EXPECT_EQ(tokens_of(forest), 12);
  EXPECT_EQ(tokens_of(forest_of(texts, 2)), 10);
}

TEST(PrefixTree, GroupsInsideAPrefixTooShortStillShare) {
  const std::vector<Ids> texts = {
      {1, 2, 2, 2, 3}, {1, 2, 2, 2, 4}, {1, 5, 5, 5, 3}, {1, 5, 5, 5, 4}};
  const auto forest = forest_of(texts, 3);
  EXPECT_EQ(forest.size(), 2u);
  EXPECT_EQ(tokens_of(forest), 12);
}

TEST(PrefixTree, ATextSharesNoMoreThanItMay) {
  const Ids text = {1, 2, 3, 4}, longer = {1, 2, 3, 4, 5};
  std::vector<PrefixText> views = {{text.data(), 4, 3}, {longer.data(), 5, 1}};
  EXPECT_EQ(prefix_forest(views, 2).size(), 2u);  // the second shares one
  views[1].shareable = 4;
  const auto forest = prefix_forest(views, 2);
  ASSERT_EQ(forest.size(), 1u);
  EXPECT_EQ(forest[0].end, 3);
}

TEST(PrefixTree, ATextThatOthersBeginWithMayHaveNoTokenOfItsOwn) {
  const Ids text = {1, 2, 3}, longer = {1, 2, 3, 4, 5};
  const std::vector<PrefixText> views = {{text.data(), 3, 3},
                                         {longer.data(), 5, 3}};
  const auto forest = prefix_forest(views, 2);
  ASSERT_EQ(forest.size(), 1u);
  EXPECT_EQ(forest[0].end, 3);
  ASSERT_EQ(forest[0].children.size(), 2u);
  EXPECT_EQ(forest[0].children[1].text, 0u);
  EXPECT_EQ(forest[0].children[1].tokens, 0);
  EXPECT_EQ(forest[0].tokens, 5);
}

TEST(PrefixTree, LongestFirstAndNothingIsFine) {
  EXPECT_TRUE(forest_of({}).empty());
  const std::vector<Ids> texts = {{1}, {2, 2, 2}, {3, 3}};
  const auto forest = forest_of(texts);
  ASSERT_EQ(forest.size(), 3u);
  EXPECT_EQ(forest[0].text, 1u);
  EXPECT_EQ(forest[2].text, 0u);
}

}  // namespace
}  // namespace lethe
