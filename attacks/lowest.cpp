#include "attacks/lowest.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "harness/base/error.h"

namespace lethe {

double mean_of_lowest(std::vector<double> values, double share) {
  const auto no_number = [](double value) { return std::isnan(value); };
  if (values.empty() || std::any_of(values.begin(), values.end(), no_number)) {
    return std::numeric_limits<double>::quiet_NaN();  // NaN has no order
  }
  const auto wanted =
      static_cast<size_t>(share * static_cast<double>(values.size()));
  const auto count = static_cast<std::ptrdiff_t>(std::max<size_t>(1, wanted));
  std::nth_element(values.begin(), values.begin() + count - 1, values.end());
  const auto end = values.begin() + count;
  return std::accumulate(values.begin(), end, 0.0) / static_cast<double>(count);
}

void check_share(double share, const std::string& who) {
  if (share > 0 && share <= 1) return;
  fail_usage(who, fmt::format("k is {}", share),
             "give a share of the tokens above 0, at most 1, e.g. 0.2");
}

}  // namespace lethe
