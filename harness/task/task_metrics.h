// From log-likelihoods to the metrics of a task.
#pragma once

#include <string>
#include <vector>

#include "harness/task/document.h"
#include "harness/task/evaluate_task.h"

namespace lethe {

// The fields of TaskItem::values; of a rolling task what its perplexities are
// made of.
std::vector<std::string> metric_fields(const Task& task);

// One document's values, in the order of the fields. Ties go to the first
// choice; a log-likelihood that is not finite makes all of them NaN.
std::vector<double> item_values(const Task& task, const TaskDocument& document,
                                const TaskItem& item);

// The task's metrics over its documents.
std::vector<TaskMetric> task_metrics(const Task& task,
                                     const std::vector<TaskItem>& items,
                                     int64_t bootstrap_iters);

// lm-eval's standard error of exp(-mean) by its bootstrap (blocks of at most
// 1,000 resamples, each with random.Random(block)); NaN for no resamples.
double bootstrap_perplexity_stderr(const std::vector<double>& loglikelihoods,
                                   int64_t resamples);

}  // namespace lethe
