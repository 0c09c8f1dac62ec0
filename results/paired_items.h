// The paired test of one measure of two rows on the same items.
//
// What is tested by what: docs in README.md, section "compare".
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "harness/base/statistics.h"
#include "results/item_values.h"

namespace lethe {

// The values of both sides, item by item in one order.
struct PairedItems {
  ItemForm form = ItemForm::mean;
  double fpr = -1;  // of rankings: TPR at that rate; negative: the AUC
  std::vector<std::string> ids;
  std::vector<std::vector<double>> a, b;  // [seed][item]
  std::vector<double> weights;            // as in ItemValues
  std::vector<bool> members;
  std::vector<std::string> clusters;
};

// One item that changed.
struct ChangedItem {
  std::string id;
  double a = 0, b = 0;
};

struct PairedResult {
  static constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  double difference = kNone;  // b - a, in the metric's unit
  Interval ci95 = {kNone, kNone, "none"};
  double p = kNone;  // two-sided; NaN: not tested
  // mcnemar_exact, sign_flip_exact, sign_flip_monte_carlo, delong or
  // bootstrap_stratified; empty: none.
  std::string test;
  int64_t n = 0;       // items; of rankings texts of both sides
  double mde = kNone;  // the least difference found with 80 % power
  std::vector<std::pair<std::string, double>> effects;  // name, value
  double ratio = kNone;  // of perplexities, b / a, with its interval
  Interval ratio_ci95 = {kNone, kNone, "none"};
  // Items whose value is lower in b, and higher; the largest change first. Of
  // an AUC members by their place among the others, of a TPR members found, of
  // a perplexity texts by their loss.
  std::vector<ChangedItem> lost, gained;
  std::string reason;  // why there is no test; empty when there is one
};

// Seeds of a side are averaged item by item: what is tested is the difference
// on these items of these trained models. `seed` is that of random draws.
PairedResult test_pairs(const PairedItems& items, uint64_t seed);

// The items of both sides in one order. `problem` is empty, or says which items
// only one side has, or what else differs.
PairedItems pair_items(const std::vector<ItemValues>& a,
                       const std::vector<ItemValues>& b, std::string& problem);

}  // namespace lethe
