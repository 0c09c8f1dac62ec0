#include "harness/base/paired_auroc.h"

#include <cassert>
#include <cmath>
#include <limits>

#include "harness/base/ranks.h"

namespace lethe {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kZ = 1.959963984540054;  // normal quantile at 0.975
// Placements are shares: a spread below this is rounding.
constexpr double kRounding = 1e-15;

// Of each group the share of a class below it, ties one half.
std::vector<double> shares_below(const Counts& counts, size_t size) {
  std::vector<double> shares;
  double below = 0;
  for (const int64_t count : counts) {
    const auto here = static_cast<double>(count);
    shares.push_back((below + here / 2) / static_cast<double>(size));
    below += here;
  }
  return shares;
}

struct Spread {
  double mean = 0;
  double variance = 0;  // of one value, n - 1; NaN for one
};

Spread spread_of(const std::vector<double>& a, const std::vector<double>& b) {
  assert(a.size() == b.size());
  const auto n = static_cast<double>(a.size());
  Spread spread;
  for (size_t i = 0; i < a.size(); ++i) spread.mean += (b[i] - a[i]) / n;
  for (size_t i = 0; i < a.size(); ++i) {
    const double rest = b[i] - a[i] - spread.mean;
    spread.variance += rest * rest;
  }
  spread.variance = n < 2 ? kNaN : spread.variance / (n - 1);
  return spread;
}

}  // namespace

Placements placements(const std::vector<double>& members,
                      const std::vector<double>& others) {
  const Ranked ranked = rank(members, others);
  const auto of_others =
      shares_below(group_counts(ranked.others, ranked.groups), others.size());
  const auto of_members =
      shares_below(group_counts(ranked.members, ranked.groups), members.size());
  Placements placed;
  for (const uint32_t group : ranked.members) {
    placed.members.push_back(of_others[group]);
  }
  for (const uint32_t group : ranked.others) {
    placed.others.push_back(1 - of_members[group]);
  }
  return placed;
}

PairedAuroc delong(const Placements& a, const Placements& b) {
  const Spread members = spread_of(a.members, b.members);
  const Spread others = spread_of(a.others, b.others);
  PairedAuroc paired;
  paired.ci95 = no_interval();
  paired.difference = members.mean;
  paired.error =
      std::sqrt(members.variance / static_cast<double>(a.members.size()) +
                others.variance / static_cast<double>(a.others.size()));
  if (a.members == b.members && a.others == b.others) return paired;
  if (!(paired.error > kRounding)) {
    paired.p = kNaN;
    return paired;
  }
  paired.p = std::erfc(std::abs(paired.difference) / paired.error / M_SQRT2);
  paired.ci95 = {paired.difference - kZ * paired.error,
                 paired.difference + kZ * paired.error, "delong"};
  return paired;
}

}  // namespace lethe
