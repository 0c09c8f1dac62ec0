// What eval found, as a table and as files.
#pragma once

#include <string>
#include <vector>

#include "harness/base/json.h"
#include "harness/run/tasks.h"

namespace lethe {

struct EvalResults {
  std::vector<TaskResult> tasks;
  std::string model, model_hash, device, dtype;
  int64_t limit = 0;
  ScoreCost cost;
  double load_seconds = 0;  // of the model and its tokenizer
  double seconds = 0;       // of the tasks, files written included
  ContextOptions context;
};

// {"results": {TASK: {"acc", "acc_stderr", .., "n", "version"}}, "groups": ..}
OrderedJson results_json(const EvalResults& results);

// As lm-eval's results file: keys "acc,none" and "acc_stderr,none".
OrderedJson lm_eval_json(const EvalResults& results);

void print_table(const EvalResults& results);

}  // namespace lethe
