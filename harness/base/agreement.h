// Two raters on the same items: how often they agree, and beyond chance.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "harness/base/statistics.h"

namespace lethe {

struct Agreement {
  // Share of items that both put into the same class; Wilson.
  Estimate raw;
  // Cohen's kappa = (raw - chance) / (1 - chance), in [-1, 1]: 0 is what their
  // class shares give by chance. With the large-sample interval of Fleiss,
  // Cohen and Everitt (1969), "normal_fleiss"; where they agree on all items
  // that one has no width, and it is that of the agreement's Clopper-Pearson
  // interval at the same chance, "clopper_pearson_scaled". No
  // interval where one of them always uses one class: kappa is 0 then. NaN with
  // a reason where both always use one class: there is nothing to tell apart.
  Estimate kappa;
  std::vector<std::vector<int64_t>> counts;  // [first's class][second's class]
};

// Of pairs of classes in [0, classes). NaN with a reason without any.
// Source: Cohen 1960; peer: statsmodels 0.15.0's cohens_kappa, to 1e-12.
Agreement agreement(const std::vector<std::pair<size_t, size_t>>& pairs,
                    size_t classes);

}  // namespace lethe
