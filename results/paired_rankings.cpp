#include "results/paired_rankings.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "harness/base/bootstrap.h"
#include "harness/base/paired.h"
#include "harness/base/paired_auroc.h"

namespace lethe {
namespace {

using Numbers = std::vector<double>;

struct Sides {
  Numbers members, others;
};

Sides sides_of(const Numbers& scores, const std::vector<bool>& members) {
  Sides sides;
  for (size_t i = 0; i < scores.size(); ++i) {
    (members[i] ? sides.members : sides.others).push_back(scores[i]);
  }
  return sides;
}

std::vector<std::string> member_ids(const PairedItems& items) {
  std::vector<std::string> ids;
  for (size_t i = 0; i < items.ids.size(); ++i) {
    if (items.members[i]) ids.push_back(items.ids[i]);
  }
  return ids;
}

Placements mean_placements(const std::vector<Numbers>& seeds,
                           const std::vector<bool>& members) {
  std::vector<Numbers> of_members, of_others;
  for (const Numbers& scores : seeds) {
    const Sides sides = sides_of(scores, members);
    Placements placed = placements(sides.members, sides.others);
    of_members.push_back(std::move(placed.members));
    of_others.push_back(std::move(placed.others));
  }
  return {mean_over_seeds(of_members), mean_over_seeds(of_others)};
}

void test_areas(const PairedItems& items, PairedResult& result) {
  const Placements a = mean_placements(items.a, items.members);
  const Placements b = mean_placements(items.b, items.members);
  const PairedAuroc paired = delong(a, b);
  result.test = "delong";
  result.difference = paired.difference;
  result.ci95 = paired.ci95;
  result.p = paired.p;
  result.mde = detectable_by_error(paired.error);
  add_changes(member_ids(items), a.members, b.members, result);
  if (std::isfinite(paired.p)) return;
  result.test = "";
  result.reason = a.members.size() < 2 || a.others.size() < 2
                      ? "one text of a side: no spread can be seen"
                      : "all ranks changed alike: no spread can be seen";
}

// Whether each member is found at the rate of false positives; the threshold is
// the lowest that estimate_tpr_at_fpr allows.
Numbers found(const Sides& sides, double fpr) {
  Numbers others = sides.others;
  std::sort(others.begin(), others.end(), std::greater<>());
  size_t allowed = 0;
  while (allowed < others.size() &&
         static_cast<double>(allowed + 1) /
                 static_cast<double>(others.size()) <=
             fpr) {
    ++allowed;
  }
  Numbers hits;
  for (const double score : sides.members) {
    hits.push_back(allowed == others.size() || score > others[allowed] ? 1 : 0);
  }
  return hits;
}

double mean_of(const Numbers& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double mean_rate(const std::vector<Sides>& seeds, double fpr) {
  double sum = 0;
  for (const Sides& sides : seeds) sum += mean_of(found(sides, fpr));
  return sum / static_cast<double>(seeds.size());
}

std::vector<Sides> redrawn(const std::vector<Sides>& seeds,
                           const std::vector<size_t>& members,
                           const std::vector<size_t>& others) {
  std::vector<Sides> drawn(seeds.size());
  for (size_t s = 0; s < seeds.size(); ++s) {
    for (const size_t i : members) {
      drawn[s].members.push_back(seeds[s].members[i]);
    }
    for (const size_t i : others) {
      drawn[s].others.push_back(seeds[s].others[i]);
    }
  }
  return drawn;
}

std::vector<Sides> all_sides(const std::vector<Numbers>& seeds,
                             const std::vector<bool>& members) {
  std::vector<Sides> sides;
  sides.reserve(seeds.size());
  for (const Numbers& scores : seeds) {
    sides.push_back(sides_of(scores, members));
  }
  return sides;
}

// Thresholds vary with the non-members, so that both classes are drawn anew;
// both models see the same draw.
Numbers redrawn_rates(const std::vector<Sides>& a, const std::vector<Sides>& b,
                      double fpr, uint64_t seed) {
  Draws draws(seed);
  Numbers differences;
  for (int i = 0; i < kResamples; ++i) {
    std::vector<size_t> members, others;
    draws.resample(static_cast<uint32_t>(a.front().members.size()),
                   [&](size_t place) { members.push_back(place); });
    draws.resample(static_cast<uint32_t>(a.front().others.size()),
                   [&](size_t place) { others.push_back(place); });
    differences.push_back(mean_rate(redrawn(b, members, others), fpr) -
                          mean_rate(redrawn(a, members, others), fpr));
  }
  return differences;
}

double bootstrap_p(const Numbers& differences) {
  double below = 1, above = 1;
  for (const double difference : differences) {
    below += difference <= 0 ? 1 : 0;
    above += difference >= 0 ? 1 : 0;
  }
  const double share =
      std::min(below, above) / (1 + static_cast<double>(differences.size()));
  return std::min(1.0, 2 * share);
}

void test_rates(const PairedItems& items, uint64_t seed, PairedResult& result) {
  const std::vector<Sides> a = all_sides(items.a, items.members);
  const std::vector<Sides> b = all_sides(items.b, items.members);
  std::vector<Numbers> found_a, found_b;
  for (const Sides& sides : a) found_a.push_back(found(sides, items.fpr));
  for (const Sides& sides : b) found_b.push_back(found(sides, items.fpr));
  add_changes(member_ids(items), mean_over_seeds(found_a),
              mean_over_seeds(found_b), result);
  result.difference = mean_rate(b, items.fpr) - mean_rate(a, items.fpr);
  const Numbers drawn = redrawn_rates(a, b, items.fpr, seed);
  result.test = "bootstrap_stratified";
  result.p = bootstrap_p(drawn);
  const Numbers ones(drawn.size(), 1);
  if (all_alike(drawn)) return;
  result.ci95 = percentile_interval(result.test, drawn);
  result.mde = detectable_by_error(
      ratio_error(drawn, ones) * std::sqrt(static_cast<double>(drawn.size())));
}

}  // namespace

void test_ranking(const PairedItems& items, uint64_t seed,
                  PairedResult& result) {
  const auto members =
      std::count(items.members.begin(), items.members.end(), true);
  if (members == 0 || members == static_cast<int64_t>(items.members.size())) {
    result.reason = "one side of the texts is empty";
  } else if (items.fpr < 0) {
    test_areas(items, result);
  } else {
    test_rates(items, seed, result);
  }
}

}  // namespace lethe
