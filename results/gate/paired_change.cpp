#include "results/gate/paired_change.h"

#include <algorithm>
#include <cmath>

#include "results/paired_items.h"

namespace lethe {
namespace {

// Every item changed by the same: resampling has nothing to draw from, and
// nothing is open about these items.
bool all_change_alike(const PairedItems& items) {
  const std::vector<double>&a = items.a.front(), &b = items.b.front();
  for (size_t i = 1; i < a.size(); ++i) {
    if (std::abs((b[i] - a[i]) - (b[0] - a[0])) > 1e-12) return false;
  }
  return a.size() > 1;
}

std::string why_not(const ItemValues& items) {
  if (!items.missing.empty()) return items.missing;
  if (items.ids.empty()) return "there are no items";
  const auto bad = std::find_if_not(items.values.begin(), items.values.end(),
                                    [](double v) { return std::isfinite(v); });
  if (bad == items.values.end()) return "";
  const auto place = static_cast<size_t>(bad - items.values.begin());
  return "item " + printable(items.ids[place], 60) + " has no finite value";
}

}  // namespace

Measured paired_change(const ItemValues& a, const ItemValues& b,
                       std::string& why) {
  for (const ItemValues* items : {&b, &a}) {
    if (const std::string reason = why_not(*items); !reason.empty()) {
      why = reason;
    }
  }
  if (!why.empty()) return {};
  const PairedItems items = pair_items({a}, {b}, why);
  if (!why.empty()) return {};
  const PairedResult result = test_pairs(items, 0);
  if (!std::isfinite(result.difference)) {
    why = result.reason;
    return {};
  }
  Measured change{-result.difference, -result.ci95.high,  -result.ci95.low,
                  result.n,           result.ci95.method, false};
  if (!change.has_interval() && items.form != ItemForm::ranking &&
      all_change_alike(items)) {
    change.low = change.high = change.value;
    change.ci_method = "all_alike";
  }
  return change;
}

}  // namespace lethe
