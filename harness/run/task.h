// Downstream tasks: data files that say how a document becomes a prompt.
#pragma once

#include <string>
#include <vector>

#include "harness/plugin/attack.h"
#include "harness/run/suite.h"

namespace lethe {

// A file of suites/tasks (or one of the user's): JSON with comments,
//   {"task": NAME, "version": 1, "kind": "multiple_choice",
//    "data": FILE, "prompt": "Question: {question}\nAnswer:",
//    "choices": FIELD, "answer": FIELD, "delimiter": " "}
// `data` is relative to the task's file; `answer` is the index of the right
// choice in a row's `choices`.
struct Task {
  std::string name;
  int64_t version = 1;
  std::string data;  // path
  std::string prompt;
  std::string choices;
  std::string answer;
  std::string delimiter = " ";
};

// Throws: usage error with near names when there is no such task; input error
// when the file is not a task.
Task read_task(const std::string& name_or_path, const std::string& folder);

// One document as it was asked.
struct TaskItem {
  std::string id;
  std::string context;
  std::vector<std::string> continuations;
  std::vector<double> loglikelihoods;  // sums, nats
  std::vector<bool> greedy;
  int64_t answer = 0;
  double acc = 0;       // 1: the likeliest choice is right
  double acc_norm = 0;  // 1: the likeliest per character of the choice is right
};

struct TaskResult {
  std::vector<TaskItem> items;
  int64_t tokens = 0;
  int64_t truncated = 0;
  int64_t boundary_mismatch = 0;
  int64_t nonfinite = 0;
  std::string data_hash, prompt_hash, items_hash;
};

// Scores every choice after its context, the context once for all choices.
// Token boundaries are lm-eval's: enc(context + choice) from enc(context)'s
// length on; ties go to the first choice; a choice whose log-likelihood is not
// finite makes acc and acc_norm of the document NaN.
TaskResult run_task(const Target& target, const Tokenizer& tokenizer,
                    const Task& task, int64_t limit);

}  // namespace lethe
