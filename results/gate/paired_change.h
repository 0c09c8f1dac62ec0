// The change of a value between two models that were asked the same items.
#pragma once

#include <string>

#include "results/gate/measured.h"
#include "results/item_values.h"

namespace lethe {

// a - b, with test_pairs' interval over the items that both hold: what the items
// have in common (a hard question is hard for both) does not widen it. Where
// all items change alike the interval is that change ("all_alike"). Without a
// value `why` says why: no samples, other items, an item without a value.
Measured paired_change(const ItemValues& a, const ItemValues& b,
                       std::string& why);

}  // namespace lethe
