// The sign-flip permutation test for all pairs of rows at once.
//
// Under the null hypothesis that two models do equally well on every item, the
// sign of each item's difference is a coin's. The signs are drawn once and
// shared by all pairs: a row's values are summed under every draw, and the sum
// of a pair's differences is the difference of the rows' sums. N rows so cost N
// passes over the items, not N^2.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace lethe {

class SignFlips {
 public:
  // Of `items` items: every choice of signs up to 13 items, else 10,000 drawn.
  explicit SignFlips(size_t items);

  // The sums of the values under each draw; the first is that of the values as
  // they are. REQUIRES: as many values as items.
  std::vector<double> sums(const std::vector<double>& values) const;

  // The chance of a mean difference as large as the one seen, in [0, 1], of two
  // rows' sums: exact, or (hits + 1) / (draws + 1). Two-sided.
  double p(const std::vector<double>& a, const std::vector<double>& b) const;

  bool exact() const { return exact_; }

 private:
  size_t items_, words_;
  bool exact_;
  std::vector<uint64_t> signs_;  // [draw][word], a bit an item; 1: flipped
};

}  // namespace lethe
