// The scores of two classes by their ranks: sorted once, resampled as counts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "harness/base/bootstrap.h"

namespace lethe {

// Both classes on one scale: the distinct scores are numbered upwards from 0,
// and each item has the number of its score. Ties so are one group.
struct Ranked {
  std::vector<uint32_t> members;
  std::vector<uint32_t> others;
  size_t groups = 0;
};

// O(n log n). REQUIRES: all scores are finite.
Ranked rank(const std::vector<double>& members,
            const std::vector<double>& others);

// How many items each group has.
using Counts = std::vector<int64_t>;

Counts group_counts(const std::vector<uint32_t>& groups_of_items,
                    size_t groups);

// The area under the ROC curve: won pairs and half the tied ones over all
// pairs. REQUIRES: neither class is empty.
double area(const Counts& members, const Counts& others);

// The areas of resamples within each class, O(n) each: the values of
// auroc(draws.of(members), draws.of(others)).
class ResampledAuroc {
 public:
  // REQUIRES: neither class is empty.
  explicit ResampledAuroc(Ranked ranked);

  double next(Draws& draws);

 private:
  const Ranked ranked_;
  Counts members_, others_;
};

}  // namespace lethe
