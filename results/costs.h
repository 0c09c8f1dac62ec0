// What a run took, from its records.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/base/record.h"

namespace lethe {

// All passes of one probe or task, over models and seeds.
struct PassCost {
  std::string name;  // of the probe with its options, or of the task
  int64_t passes = 0;
  double seconds = 0;
  int64_t tokens = 0;
};

struct RunCosts {
  std::vector<PassCost> passes;  // the dearest first
  double seconds = 0;            // of all passes together
  int64_t tokens = 0;
  int64_t peak_bytes = 0, device_peak_bytes = 0;
};

// Every record of one pass of a probe repeats its time and tokens: each pass
// counts once. What made the models (metric `cost`) is not in it.
RunCosts run_costs(const std::vector<Record>& records);

// "3 min 05 s in probes, 6.4 k tokens, 412 MB at most".
std::string costs_text(const RunCosts& costs);

}  // namespace lethe
