// Documents of a task: what each asks, filled in.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/task/data_files.h"
#include "harness/task/task.h"

namespace lethe {

struct TaskDocument {
  std::string where;  // "file:line"
  std::string prompt;
  std::vector<std::string> contexts;  // in place of the prompt: one a choice
  std::vector<std::string> choices;
  std::string target;                // the one continuation
  std::vector<std::string> targets;  // right answers of a generation
  std::string counted;               // rolling: what words and bytes are of
  int64_t answer = -1;               // the right choice
  std::vector<bool> labels;          // which choices are true; empty: unknown
  std::string cluster;               // documents that share it belong together
};

// Throws: input error with the row's place when a field is missing, the answer
// is none of the choices (unlabelled rows among them), or a choice is empty.
TaskDocument make_document(const Task& task, const TaskForm& form,
                           const OrderedRow& row);
std::vector<TaskDocument> make_documents(const Task& task,
                                         const SplitData& data);

// A document with its right answer, as few-shot examples show it.
struct WorkedExample {
  std::string question;
  std::optional<std::string> answer;  // none: it has no text
};
WorkedExample worked_example(const Task& task, const TaskDocument& document);

}  // namespace lethe
