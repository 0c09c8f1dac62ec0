// The change of a value between two models that were asked the same items.
#pragma once

#include <string>

#include "results/gate/measured.h"
#include "results/item_values.h"

namespace lethe {

// a - b, with an interval over the items that both hold: what the items have in
// common (a hard question is hard for both) does not widen it. Means of shares
// have paired_shares' interval; other means, ratios and their exponentials a
// percentile bootstrap over items, or over documents where items belong to
// some. Without a value `why` says why: no samples, other items, an item
// without a value, a value that is no sum over items.
Measured paired_change(const ItemValues& a, const ItemValues& b,
                       std::string& why);

}  // namespace lethe
