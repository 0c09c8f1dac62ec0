// Which rows of a column differ by more than chance.
//
// Two rows are compared by the first of these that their values allow:
//   1. exact McNemar test: both have values of the same single items, all 0 or
//      1, of one seed each
//   2. sign-flip permutation test: the same with other values
//   3. paired t test: values of the same items, averaged over the seeds; the
//      variance over seeds is added to that over items
//   4. unpaired t test: standard errors out of the 95 % intervals over items
//      (half their width over 1.96) and the variance over seeds; of either what
//      there is. It is the weaker for not knowing that the items are the same.
// Degrees of freedom of 3 and 4 are Welch and Satterthwaite's, so that two or
// three seeds count as little as they tell. Values that are wanted near a
// target are compared by their distances to it and always by 4; where they lie
// on different sides of it, the target's own error is added. Rows without any
// of this are untested.
//
// The p-values of all pairs of a column are one family for Holm's correction.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace lethe {

// Values of single items of one row: means over its seeds.
struct ItemMeans {
  std::vector<std::string> ids;
  std::vector<double> values;  // all finite
};

struct RankedValue {
  static constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  double value = kNone;       // mean over the seeds, finite
  double item_error = kNone;  // standard error over items; NaN: unknown
  int64_t n = 0;              // items behind it
  double seed_sd = kNone;     // over seeds; NaN with fewer than two
  int64_t seeds = 0;
  const ItemMeans* items = nullptr;  // null: there are none
};

struct RankGoal {
  std::string want;         // low, high or near
  double target = 0;        // of near
  double target_error = 0;  // standard error of a target that was measured

  // What is to be small.
  double loss(double value) const;
};

// The outcome for all pairs.
class PairTests {
 public:
  // Of a family-wise error rate of 5 %.
  PairTests(const std::vector<RankedValue>& rows, const RankGoal& goal);

  // Row a is better than row b by more than chance.
  bool better(size_t a, size_t b) const { return better_[a * rows_ + b]; }
  // The tests that were made: "exact McNemar test on the same items"; empty
  // when no pair could be tested.
  const std::string& tests() const { return tests_; }

 private:
  size_t rows_;
  std::vector<bool> better_;
  std::string tests_;
};

}  // namespace lethe
