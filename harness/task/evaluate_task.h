// A task on a target: every document asked, and what the answers add up to.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "harness/base/statistics.h"
#include "harness/plugin/attack.h"
#include "harness/task/context.h"
#include "harness/task/request.h"

namespace lethe {

struct TaskOptions {
  TaskSources sources;
  int64_t num_fewshot = -1;  // -1: the task's own
  int64_t limit = 0;         // documents; 0: all
  uint32_t fewshot_seed = 1234;
  int64_t bootstrap_iters = 100'000;  // of the standard error of perplexities
  EncodingRules rules;                // max_length 0: the target's window
  ContextOptions context;
};

// One document as it was asked.
struct TaskItem {
  std::string context;  // instruction, examples, question
  std::vector<std::pair<std::string, std::string>> arguments;
  std::vector<Likelihood> likelihoods;  // of each argument
  std::string output;                   // of a generation
  int64_t answer = -1;
  std::vector<double> values;  // of the task's metrics, NaN: not finite
  std::string cluster;
};

// One metric over all documents.
struct TaskMetric {
  std::string name;
  Estimate estimate;
  double stderr_value = 0;  // as lm-eval computes it; NaN: it gives none
  bool higher_is_better = true;
};

struct TaskResult {
  std::string name;
  int64_t version = 1;
  std::vector<std::string> groups;
  SplitData data;  // its rows are dropped
  Shots shots;     // its examples are dropped
  int64_t num_fewshot = 0;
  bool fewshot_fixed = false;  // another number was asked for
  std::vector<TaskItem> items;
  std::vector<std::string> metric_names;  // of TaskItem::values
  std::vector<TaskMetric> metrics;
  int64_t truncated = 0;          // requests
  int64_t boundary_mismatch = 0;  // requests
  int64_t nonfinite = 0;          // documents
  ScoreCost cost;
  std::string prompt_hash, items_hash;
};

// Throws: as find_split and draw_shots; input error when a continuation is
// longer than the window.
TaskResult evaluate_task(const Target& target, const Tokenizer& tokenizer,
                         const Task& task, const TaskOptions& options);

// The metrics of a group: means weighted by the number of documents, with the
// pooled standard error. REQUIRES: at least one task.
std::vector<TaskMetric> group_metrics(
    const std::vector<const TaskResult*>& tasks);

}  // namespace lethe
