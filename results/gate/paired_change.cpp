#include "results/gate/paired_change.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <unordered_map>

#include "harness/base/bootstrap.h"
#include "harness/base/paired_proportions.h"

namespace lethe {
namespace {

// Sums over items, from which both values follow.
struct Sums {
  double a = 0, a_weight = 0, b = 0, b_weight = 0;
};

double value_of(double sum, double weight, ItemForm form) {
  const double ratio = sum / weight;
  return form == ItemForm::exp_ratio ? std::exp(ratio) : ratio;
}

double change(const Sums& s, ItemForm form) {
  return value_of(s.a, s.a_weight, form) - value_of(s.b, s.b_weight, form);
}

Sums operator+(const Sums& x, const Sums& y) {
  return {x.a + y.a, x.a_weight + y.a_weight, x.b + y.b,
          x.b_weight + y.b_weight};
}

double weight_of(const ItemValues& items, size_t i) {
  return items.weights.empty() ? 1 : items.weights[i];
}

// The place in b of each item of a; empty, with the reason, when they are not
// the same items with a value each.
std::vector<size_t> places(const ItemValues& a, const ItemValues& b,
                           std::string& why) {
  std::unordered_map<std::string, size_t> place;
  for (size_t i = 0; i < b.ids.size(); ++i) place[b.ids[i]] = i;
  std::vector<size_t> found;
  for (size_t i = 0; i < a.ids.size(); ++i) {
    const auto at = place.find(a.ids[i]);
    if (at == place.end()) break;
    if (!std::isfinite(a.values[i]) || !std::isfinite(b.values[at->second])) {
      why = "item " + printable(a.ids[i], 60) + " has no finite value";
      return {};
    }
    found.push_back(at->second);
  }
  if (found.size() != a.ids.size() || b.ids.size() != a.ids.size()) {
    why = fmt::format("the samples hold other items ({} and {})", a.ids.size(),
                      b.ids.size());
    return {};
  }
  return found;
}

// One sum a document, or an item where there are no documents.
std::vector<Sums> units_of(const ItemValues& a, const ItemValues& b,
                           const std::vector<size_t>& place) {
  std::vector<Sums> units;
  std::map<std::string, size_t> of_cluster;
  for (size_t i = 0; i < place.size(); ++i) {
    const size_t j = place[i];
    const double wa = weight_of(a, i), wb = weight_of(b, j);
    const Sums item{a.values[i] * wa, wa, b.values[j] * wb, wb};
    const std::string cluster = a.clusters.empty() ? a.ids[i] : a.clusters[i];
    const auto [at, added] = of_cluster.try_emplace(cluster, units.size());
    if (added) units.emplace_back();
    units[at->second] = units[at->second] + item;
  }
  return units;
}

Interval bootstrap(const std::vector<Sums>& units, ItemForm form) {
  if (units.size() < 2) return no_interval();
  Draws draws(0);
  return percentile_interval("paired_bootstrap", [&] {
    Sums sums;
    draws.resample(static_cast<uint32_t>(units.size()),
                   [&](size_t i) { sums = sums + units[i]; });
    return change(sums, form);
  });
}

// Shares of 0 and 1, each item for itself: lost and gained items are counted.
bool is_share(const ItemValues& items) {
  return items.form == ItemForm::mean && items.clusters.empty() &&
         std::all_of(items.values.begin(), items.values.end(),
                     [](double v) { return v == 0 || v == 1; });
}

Interval share_interval(const std::vector<Sums>& units) {
  int64_t lost = 0, gained = 0;
  for (const Sums& unit : units) {
    if (unit.a > unit.b) ++lost;
    if (unit.a < unit.b) ++gained;
  }
  return paired_shares(lost, gained, static_cast<int64_t>(units.size()));
}

}  // namespace

Measured paired_change(const ItemValues& a, const ItemValues& b,
                       std::string& why) {
  for (const ItemValues* items : {&a, &b}) {
    if (!items->missing.empty()) why = items->missing;
  }
  if (why.empty() && (a.form == ItemForm::ranking || a.form != b.form)) {
    why = "it ranks items against each other and has no value for each";
  }
  if (!why.empty()) return {};
  const std::vector<size_t> place = places(a, b, why);
  if (place.empty()) {
    if (why.empty()) why = "there are no items";
    return {};
  }
  const std::vector<Sums> units = units_of(a, b, place);
  Sums all;
  for (const Sums& unit : units) all = all + unit;
  const Interval interval = is_share(a) && is_share(b)
                                ? share_interval(units)
                                : bootstrap(units, a.form);
  return {change(all, a.form), interval.low,
          interval.high,       static_cast<int64_t>(place.size()),
          interval.method,     false};
}

}  // namespace lethe
