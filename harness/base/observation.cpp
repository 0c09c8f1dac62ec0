#include "harness/base/observation.h"

#include <numeric>

namespace lethe {

double TokenStatistics::sum_logprob() const {
  if (logprobs.empty()) return std::numeric_limits<double>::quiet_NaN();
  return std::accumulate(logprobs.begin(), logprobs.end(), 0.0);
}

double TokenStatistics::mean_logprob() const {
  return sum_logprob() / static_cast<double>(logprobs.size());
}

bool TokenStatistics::is_greedy() const {
  for (const int64_t place : rank) {
    if (place != 0) return false;
  }
  return true;
}

}  // namespace lethe
