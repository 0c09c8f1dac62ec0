// Rows whose model is not one of their own: a method that left the weights as
// they were, or gave those of another row.
#pragma once

#include <string>
#include <vector>

#include "harness/base/record.h"

namespace lethe {

struct SameModel {
  std::string run, cell;
  std::string label;
  int64_t seed = 0;
  std::string flag;    // "unchanged" or "duplicate"
  std::string reason;  // a sentence without a full stop
};

// The cells without transforms whose weights are those that the run started
// from ("unchanged"), or those of an earlier row of the same run and seed
// ("duplicate"), in order of appearance. Methods that train nothing (none,
// checkpoint) are never named. `base_hash`: of what the run started from;
// empty: taken from the rows of the method none.
std::vector<SameModel> same_models(const std::vector<Record>& records,
                                   const std::string& base_hash);

}  // namespace lethe
