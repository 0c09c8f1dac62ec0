#include "harness/run/influence_ranking.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace lethe {

std::vector<size_t> by_influence(const std::vector<double>& scores,
                                 size_t top) {
  std::vector<size_t> order;
  for (size_t i = 0; i < scores.size(); ++i) {
    if (!std::isnan(scores[i])) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return scores[a] > scores[b]; });
  if (top > 0 && order.size() > top) order.resize(top);
  return order;
}

std::vector<double> joint_scores(const InfluenceScores& scores,
                                 const std::string& how) {
  const bool mean = how == "mean";
  std::vector<double> joint(
      scores.front().size(),
      mean ? 0 : -std::numeric_limits<double>::infinity());
  for (const std::vector<double>& of_output : scores) {
    for (size_t i = 0; i < joint.size(); ++i) {
      if (mean) {
        joint[i] += of_output[i] / static_cast<double>(scores.size());
      } else if (std::isnan(of_output[i]) || of_output[i] > joint[i]) {
        joint[i] = of_output[i];
      }
    }
  }
  return joint;
}

InfluenceAgreement influence_agreement(const std::vector<double>& scores,
                                       const std::vector<bool>& in_set,
                                       uint64_t seed) {
  std::vector<double> members, others;
  for (size_t i = 0; i < scores.size(); ++i) {
    if (std::isnan(scores[i])) continue;
    (in_set[i] ? members : others).push_back(scores[i]);
  }
  InfluenceAgreement agreement;
  agreement.auroc = estimate_auroc(members, others, seed);
  const auto n = static_cast<int64_t>(members.size());
  if (n == 0) {
    agreement.recall = no_estimate(0, "no text of the set is scored");
    return agreement;
  }
  int64_t found = 0;
  for (const size_t i : by_influence(scores, members.size())) {
    found += in_set[i];
  }
  agreement.recall = {static_cast<double>(found) / static_cast<double>(n), n,
                      wilson(found, n), ""};
  return agreement;
}

}  // namespace lethe
