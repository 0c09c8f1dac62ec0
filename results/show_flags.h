// What of a run's values was counted: texts cut, items left out, values that
// are missing, rows that are not what they seem.
#pragma once

#include <string>
#include <vector>

#include "harness/base/record.h"

namespace lethe {

// One thing to know of what a probe or task measured of a row.
struct CountedFlag {
  std::string row;       // "npo (seed 0) + quantise"
  std::string measured;  // "loss_mia on forget+holdout", a task, "the model"
  // "truncated", "boundary_mismatch", "nonfinite", "skipped" (items), "fewer
  // items", "no value", "note", or a cell's flag of run.json
  std::string flag;
  int64_t items = 0;  // of them; 0: of the whole
  int64_t of = 0;
  std::string text;  // which values, and why
};

// In the order of the records; each pass says a thing once.
std::vector<CountedFlag> counted_flags(const std::string& run_folder);

// A table of them, or that there is none.
std::string flags_text(const std::vector<CountedFlag>& flags);
OrderedJson flags_json(const std::vector<CountedFlag>& flags);

}  // namespace lethe
