// Tasks of a suite or a command become records.
#pragma once

#include <string>
#include <vector>

#include "harness/run/evaluate.h"
#include "harness/task/evaluate_task.h"

namespace lethe {

// The records of one task's metrics; `common` says whose they are.
std::vector<Record> task_records(const Record& common,
                                 const TaskResult& result);

// Every document's prompt, choices and log-likelihoods, one JSON line each.
void write_task_samples(const std::string& path, const TaskResult& result);

// The suite's task on a target, with samples; one named by its group gives the
// records of every member and of the group. A target without a tokenizer gives
// one record with status "skipped".
std::vector<Record> evaluate_task_spec(const CellContext& cell,
                                       const Target& target,
                                       const TaskSpec& spec,
                                       const Tokenizer* tokenizer);

// What the suite's task says, for evaluate_task.
TaskOptions task_options(const TaskSpec& spec, const Suite& suite);

// Throws what is wrong with the task's file or data, before any work.
void check_task(const TaskSpec& spec, const Suite& suite);

// Tokens that a task's documents have, roughly: a plan's estimate.
int64_t estimated_tokens(const TaskSpec& spec, const Suite& suite,
                         const Tokenizer& tokenizer);

}  // namespace lethe
