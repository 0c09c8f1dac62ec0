// The gates that a suite carries: what its results must meet. They are no part
// of the suite's resolved form, so a run goes on, and is gated again, when its
// gates change.
#pragma once

#include <string>
#include <vector>

#include "harness/base/json.h"

namespace lethe {

struct SuiteGates {
  Json list;           // of gates, or of names or paths of them
  std::string folder;  // what relative paths start from
  std::string file;    // the suite's
};

// Those of the suite that read_suite() reads. Throws: as read_suite().
SuiteGates suite_gates(const std::string& file_or_name,
                       const std::vector<std::string>& sets);

}  // namespace lethe
