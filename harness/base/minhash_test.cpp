#include "harness/base/minhash.h"

#include <gtest/gtest.h>

#include <numeric>

namespace lethe {
namespace {

std::vector<uint64_t> numbers(uint64_t first, size_t n) {
  std::vector<uint64_t> all(n);
  std::iota(all.begin(), all.end(), first);
  return all;
}

// The share of places where two signatures agree.
double agreement(const std::vector<uint64_t>& a,
                 const std::vector<uint64_t>& b) {
  size_t same = 0;
  for (size_t i = 0; i < a.size(); ++i) same += a[i] == b[i];
  return static_cast<double>(same) / static_cast<double>(a.size());
}

TEST(MinHash, SharesAgreeWithTheJaccardOfTheSets) {
  // 300 of 500 in common: J = 0.6; 2,000 hashes: s.e. 0.011.
  const auto a = min_hashes(numbers(0, 400), 2000);
  const auto b = min_hashes(numbers(100, 400), 2000);
  EXPECT_NEAR(agreement(a, b), 0.6, 0.044);
  EXPECT_EQ(agreement(a, a), 1);
  EXPECT_NEAR(agreement(a, min_hashes(numbers(1000, 400), 2000)), 0, 0.01);
}

TEST(MinHash, NeitherOrderNorRepetitionCounts) {
  const std::vector<uint64_t> plain = {5, 9, 2}, other = {2, 2, 9, 5, 9};
  EXPECT_EQ(min_hashes(plain, 8), min_hashes(other, 8));
  EXPECT_EQ(min_hash({}, 3), ~uint64_t{0});
}

TEST(MinHash, HashesAreFrozen) {
  EXPECT_EQ(mixed_hash("lethe"), 439855364663369162u);
  EXPECT_EQ(mixed_hash("lethe", 7), 10207689810130730191u);
  EXPECT_EQ(mixed_hash(uint64_t{42}, 1), 12234890524640051791u);
}

}  // namespace
}  // namespace lethe
