// What readers take from run.json, which grows by addition: an old or stopped
// run may lack anything.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "harness/base/json.h"

namespace lethe {

// RUN/run.json, or an empty object where there is none. Throws: input error
// when it is no object.
Json read_run_json(const std::string& run_folder);

// The value at `key`; null when it is absent or `object` is none.
Json value_at(const Json& object, const std::string& key);
// The text at `key`, or empty.
std::string text_at(const Json& object, const std::string& key);

// The suite's name, from its name alone or from the resolved suite.
std::string suite_name(const Json& run);

// "lethe 0.1.0, torch 2.11.0".
std::string versions_text(const Json& versions);

struct RunCells {
  std::map<std::string, int64_t> by_status;
  std::vector<std::string> reasons;  // "npo: failed: out of memory"
  int64_t total = 0;

  std::string counts() const;  // "13 ok, 1 failed"
};
RunCells run_cells(const Json& run);

}  // namespace lethe
