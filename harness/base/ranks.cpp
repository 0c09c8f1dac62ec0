#include "harness/base/ranks.h"

#include <algorithm>
#include <utility>

namespace lethe {

Ranked rank(const std::vector<double>& members,
            const std::vector<double>& others) {
  std::vector<double> scores = members;
  scores.insert(scores.end(), others.begin(), others.end());
  std::sort(scores.begin(), scores.end());
  scores.erase(std::unique(scores.begin(), scores.end()), scores.end());
  const auto groups_of = [&](const std::vector<double>& of) {
    std::vector<uint32_t> groups;
    groups.reserve(of.size());
    for (const double score : of) {
      const auto place = std::lower_bound(scores.begin(), scores.end(), score);
      groups.push_back(static_cast<uint32_t>(place - scores.begin()));
    }
    return groups;
  };
  return {groups_of(members), groups_of(others), scores.size()};
}

Counts group_counts(const std::vector<uint32_t>& groups_of_items,
                    size_t groups) {
  Counts counts(groups);
  for (const uint32_t group : groups_of_items) ++counts[group];
  return counts;
}

// One sweep, in integers (a tie counts 1, a win 2), so that the order of the
// items cannot matter.
double area(const Counts& members, const Counts& others) {
  int64_t below = 0;
  int64_t member_total = 0;
  int64_t wins = 0;
  for (size_t group = 0; group < members.size(); ++group) {
    wins += members[group] * (2 * below + others[group]);
    below += others[group];
    member_total += members[group];
  }
  return 0.5 * static_cast<double>(wins) /
         (static_cast<double>(member_total) * static_cast<double>(below));
}

ResampledAuroc::ResampledAuroc(Ranked ranked)
    : ranked_(std::move(ranked)),
      members_(ranked_.groups),
      others_(ranked_.groups) {}

double ResampledAuroc::next(Draws& draws) {
  const auto resample = [&](const std::vector<uint32_t>& from, Counts& counts) {
    std::fill(counts.begin(), counts.end(), 0);
    draws.resample(static_cast<uint32_t>(from.size()),
                   [&](size_t place) { ++counts[from[place]]; });
  };
  resample(ranked_.members, members_);
  resample(ranked_.others, others_);
  return area(members_, others_);
}

}  // namespace lethe
