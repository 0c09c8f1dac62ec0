// lm-eval's task files (0.4.13) as task files of Lethe's that ask the same and
// count the same. What cannot be said so is refused by its key: code, data that
// code makes, metrics and filters that Lethe has not.
#pragma once

#include <string>
#include <vector>

#include "harness/base/json.h"

namespace lethe {

struct ImportedTask {
  std::string name;
  OrderedJson json;                // suites/tasks/README.md
  std::vector<std::string> notes;  // what was left out, and why it may be
};

// Throws: usage error when the file is absent; input error "FILE:LINE: KEY:
// ..." on what is refused, and as read_lm_eval_file.
ImportedTask import_lm_eval_task(const std::string& path);

}  // namespace lethe
