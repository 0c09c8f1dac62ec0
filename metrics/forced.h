// Which tokens of a text the model would have said itself, after the true ones.
#pragma once

#include <algorithm>
#include <vector>

#include "harness/base/json.h"
#include "harness/base/observation.h"

namespace lethe {

struct ForcedOptions {
  bool drop_last = false;  // leave the last token out (an end of text)
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(ForcedOptions, drop_last)

// One entry a scored token: it is the likeliest in its place. None where a
// log-prob is NaN: no token is the likeliest there. Throws: input error when
// the item does not say which tokens were the likeliest.
std::vector<bool> forced_hits(const Observation& seen,
                              const ForcedOptions& options);

}  // namespace lethe
