// lm-eval's results file, which its tools and tables read.
#pragma once

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "harness/base/json.h"

namespace lethe {

struct LmEvalMetric {
  std::string name;
  double value = std::numeric_limits<double>::quiet_NaN();
  double stderr_value = std::numeric_limits<double>::quiet_NaN();  // NaN: N/A
  bool higher_is_better = true;
};

struct LmEvalTask {
  std::string name;
  int64_t version = 1;
  int64_t num_fewshot = -1;  // -1: not known, and left out
  int64_t n = 0;             // documents
  std::vector<LmEvalMetric> metrics;
};

struct LmEvalGroup {
  std::string name;
  std::vector<std::string> members;
  std::vector<LmEvalMetric> metrics;
};

struct LmEvalResults {
  std::vector<LmEvalTask> tasks;
  std::vector<LmEvalGroup> groups;
};

// {"results": {TASK: {"alias", "acc,none", "acc_stderr,none", ..}}, "groups",
// "group_subtasks", "versions", "n-shot", "n-samples", "configs",
// "higher_is_better"}: keys and spellings of lm-eval 0.4.
OrderedJson lm_eval_json(const LmEvalResults& results);

}  // namespace lethe
