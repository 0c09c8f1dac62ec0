// The difference of two shares that were measured on the same items.
#pragma once

#include <cstdint>

#include "harness/base/statistics.h"

namespace lethe {

// The 95 % interval of (lost - gained) / n, where `lost` items have only the
// first property and `gained` only the second (Tango 1998, the inverted score
// test; doi:10.1002/(SICI)1097-0258(19980430)17:8<891::AID-SIM780>3.0.CO;2-B).
// Never empty: with no item that differs it is +-z^2 / (n + z^2). NaN for n =
// 0. REQUIRES: lost, gained >= 0, lost + gained <= n.
Interval paired_shares(int64_t lost, int64_t gained, int64_t n);

}  // namespace lethe
