// Where the documents of a task lie, and what they are.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "harness/data/rows.h"
#include "harness/task/task.h"

namespace lethe {

// What the user said of the data.
struct TaskSources {
  std::string folder;  // searched, with what lies below; empty: none
  // "TASK" or "TASK:SPLIT" -> file.
  std::map<std::string, std::string> files;
  std::string relative_to;  // of such files
  // Of the folder, once it was searched: a family has many members.
  mutable std::shared_ptr<const std::vector<std::string>> listing = {};
};

// The rows of one split.
struct SplitData {
  std::string split;   // "test", ...; "data" where no name tells it
  std::string path;    // "DIR/test-*-of-00002.parquet" for parts
  std::string schema;  // of the form that fits
  size_t form = 0;     // its place in the task's forms
  std::vector<OrderedRow> rows;
  int64_t duplicates = 0;  // rows that stand there before
  std::string hash;        // SHA-256 over the rows
};

// True: the row has every field of the form.
bool row_fits(const TaskForm& form, const OrderedJson& row);

// The first of `splits` that has data. Throws: usage error that lists the file
// names that were looked for, and the command that fetches them, when there is
// none; input error when no form of the task fits the rows (with the forms and
// the fields that are there), when the rows have no labels, and when a file is
// malformed.
SplitData find_split(const Task& task, const std::vector<std::string>& splits,
                     const TaskSources& sources, int64_t limit = 0);

}  // namespace lethe
