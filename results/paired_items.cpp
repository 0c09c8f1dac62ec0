#include "results/paired_items.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <unordered_map>

#include "harness/base/bootstrap.h"
#include "harness/base/paired.h"
#include "results/paired_rankings.h"

namespace lethe {
namespace {

using Numbers = std::vector<double>;

int64_t size_of(const Numbers& values) {
  return static_cast<int64_t>(values.size());
}

bool all_binary(const Numbers& values) {
  return std::all_of(values.begin(), values.end(),
                     [](double v) { return v == 0 || v == 1; });
}

double dominance(const PairedResult& result, size_t n) {
  return (static_cast<double>(result.gained.size()) -
          static_cast<double>(result.lost.size())) /
         static_cast<double>(n);
}

// Weighted values of both sides and their weights, a row a unit: an item, or
// all items of a cluster.
std::vector<Numbers> units_of(const PairedItems& items, const Numbers& a,
                              const Numbers& b) {
  std::vector<Numbers> units;
  std::map<std::string, size_t> places;
  for (size_t i = 0; i < a.size(); ++i) {
    const double weight = items.weights.empty() ? 1 : items.weights[i];
    const std::string& cluster =
        items.clusters.empty() ? items.ids[i] : items.clusters[i];
    const auto place = places.try_emplace(cluster, units.size());
    if (place.second) units.push_back({0, 0, 0});
    Numbers& unit = units[place.first->second];
    unit[0] += weight * a[i];
    unit[1] += weight * b[i];
    unit[2] += weight;
  }
  return units;
}

void test_binary(const Numbers& a, PairedResult& result) {
  const auto lost = static_cast<int64_t>(result.lost.size());
  const auto gained = static_cast<int64_t>(result.gained.size());
  result.test = "mcnemar_exact";
  result.p = mcnemar_exact(lost, gained);
  result.ci95 = tango(lost, gained, size_of(a));
  result.mde = detectable_share(lost + gained, size_of(a));
  result.effects = {
      {"odds_ratio", static_cast<double>(gained) / static_cast<double>(lost)}};
}

// Perplexities: the ratio is what is tested, the difference what it comes to.
void make_exponential(const std::vector<Numbers>& units, uint64_t seed,
                      PairedResult& result) {
  const auto difference = [](const Numbers& sums) {
    return std::exp(sums[1] / sums[2]) - std::exp(sums[0] / sums[2]);
  };
  const Estimate estimate = estimate_of_sums(units, difference, seed);
  Numbers sums(3);
  for (const Numbers& unit : units) {
    for (size_t i = 0; i < sums.size(); ++i) sums[i] += unit[i];
  }
  result.ratio = std::exp(result.difference);
  result.ratio_ci95 = {std::exp(result.ci95.low), std::exp(result.ci95.high),
                       result.ci95.method};
  result.difference = estimate.value;
  result.mde = std::exp(sums[0] / sums[2]) * std::expm1(result.mde);
  if (!std::isfinite(result.ci95.low)) return;
  result.ci95.low = estimate.ci95.low;
  result.ci95.high = estimate.ci95.high;
}

// The items of both sides, averaged over seeds.
struct Averaged {
  const PairedItems& items;
  Numbers a, b;
};

// Means, plain or weighted: signs of the units' differences are flipped.
void test_means(const Averaged& sides, uint64_t seed, PairedResult& result) {
  const PairedItems& items = sides.items;
  const std::vector<Numbers> units = units_of(items, sides.a, sides.b);
  Numbers changes, weights;
  for (const Numbers& unit : units) {
    changes.push_back(unit[1] - unit[0]);
    weights.push_back(unit[2]);
  }
  const SignFlip test = sign_flip(changes, seed);
  result.p = test.p;
  result.test = test.exact ? "sign_flip_exact" : "sign_flip_monte_carlo";
  const Estimate mean = estimate_ratio(changes, weights, seed);
  result.difference = mean.value;
  // Resamples of differences that are all alike say nothing of the spread.
  if (!(all_alike(changes) && all_alike(weights))) {
    result.ci95 = items.form == ItemForm::exp_ratio
                      ? mean.ci95
                      : studentised_interval(changes, weights, seed);
  }
  if (result.ci95.method != "none" && units.size() < items.ids.size()) {
    result.ci95.method += fmt::format("_of_{}_clusters", units.size());
  }
  result.mde = detectable_mean(ratio_error(changes, weights), size_of(changes));
  Numbers differences;
  for (size_t i = 0; i < sides.a.size(); ++i) {
    differences.push_back(sides.b[i] - sides.a[i]);
  }
  result.effects = {{"cohens_dz", cohens_dz(differences)}};
  if (items.form == ItemForm::exp_ratio) make_exponential(units, seed, result);
}

// How many items have no number in some seed of a side.
int64_t without_value(const PairedItems& items) {
  int64_t count = 0;
  for (size_t i = 0; i < items.ids.size(); ++i) {
    const auto bad = [&](const Numbers& seed) {
      return !std::isfinite(seed[i]);
    };
    count += std::any_of(items.a.begin(), items.a.end(), bad) ||
                     std::any_of(items.b.begin(), items.b.end(), bad)
                 ? 1
                 : 0;
  }
  return count;
}

}  // namespace

Numbers mean_over_seeds(const std::vector<Numbers>& seeds) {
  Numbers means(seeds.front().size());
  for (const Numbers& seed : seeds) {
    for (size_t i = 0; i < means.size(); ++i) {
      means[i] += seed[i] / static_cast<double>(seeds.size());
    }
  }
  return means;
}

void add_changes(const std::vector<std::string>& ids, const Numbers& a,
                 const Numbers& b, PairedResult& result) {
  for (size_t i = 0; i < ids.size(); ++i) {
    if (b[i] < a[i]) result.lost.push_back({ids[i], a[i], b[i]});
    if (b[i] > a[i]) result.gained.push_back({ids[i], a[i], b[i]});
  }
  for (auto* changed : {&result.lost, &result.gained}) {
    std::stable_sort(changed->begin(), changed->end(),
                     [](const ChangedItem& x, const ChangedItem& y) {
                       return std::abs(x.b - x.a) > std::abs(y.b - y.a);
                     });
  }
}

bool all_alike(const Numbers& values) {
  return std::all_of(values.begin(), values.end(),
                     [&](double v) { return v == values.front(); });
}

PairedResult test_pairs(const PairedItems& items, uint64_t seed) {
  PairedResult result;
  result.n = static_cast<int64_t>(items.ids.size());
  if (result.n == 0) {
    result.reason = "no items";
    return result;
  }
  if (const int64_t bad = without_value(items); bad > 0) {
    result.reason = fmt::format("{} of {} items have no value", bad, result.n);
    return result;
  }
  if (items.form == ItemForm::ranking) {
    test_ranking(items, seed, result);
    return result;
  }
  const Numbers a = mean_over_seeds(items.a);
  const Numbers b = mean_over_seeds(items.b);
  add_changes(items.ids, a, b, result);
  if (items.form == ItemForm::mean && items.clusters.empty() && all_binary(a) &&
      all_binary(b)) {
    result.difference = dominance(result, a.size());
    test_binary(a, result);
  } else {
    test_means({items, a, b}, seed, result);
  }
  result.effects.emplace_back("cliffs_dw", dominance(result, a.size()));
  return result;
}

PairedItems pair_items(const std::vector<ItemValues>& a,
                       const std::vector<ItemValues>& b, std::string& problem) {
  PairedItems items;
  const ItemValues& first = a.front();
  items.form = first.form;
  items.ids = first.ids;
  items.weights = first.weights;
  items.members = first.members;
  items.clusters = first.clusters;
  std::unordered_map<std::string, size_t> places;
  for (size_t i = 0; i < first.ids.size(); ++i) places[first.ids[i]] = i;
  const auto add = [&](const ItemValues& side, std::vector<Numbers>& values) {
    values.emplace_back(first.ids.size());
    if (side.ids.size() != first.ids.size() || side.form != first.form) {
      problem =
          fmt::format("{} and {} items", first.ids.size(), side.ids.size());
      return;
    }
    for (size_t i = 0; i < side.ids.size(); ++i) {
      const auto place = places.find(side.ids[i]);
      if (place == places.end()) {
        problem =
            "item " + printable(side.ids[i], 60) + " is on one side alone";
        return;
      }
      const size_t at = place->second;
      values.back()[at] = side.values[i];
      if (!side.weights.empty() && side.weights[i] != first.weights[at]) {
        problem = "the tokens of item " + printable(side.ids[i], 60) +
                  " differ in number";
      }
      if (!side.members.empty() && side.members[i] != first.members[at]) {
        problem = "item " + printable(side.ids[i], 60) +
                  " is a member on one side alone";
      }
    }
  };
  for (const ItemValues& side : a) add(side, items.a);
  for (const ItemValues& side : b) add(side, items.b);
  return items;
}

}  // namespace lethe
