// Which files below a folder hold the documents of a task, by their names.
#pragma once

#include <string>
#include <vector>

#include "harness/task/task.h"

namespace lethe {

// Files below the folder, relative to it, sorted: shallow ones first.
// Throws: usage error if it is no folder, or holds more than 200,000 files.
std::vector<std::string> files_below(const std::string& folder);

// The names that a split of the task may have: its own, then those of any task
// ("NAME_test.jsonl"), with * for any characters.
std::vector<std::string> patterns_of(const Task& task,
                                     const std::string& split);

// The first file that fits the first of those patterns, empty if none does;
// `.gz` may follow each. If nothing fits so, every pattern of JSON stands for
// Parquet and Arrow too, whole or in parts ("NAME/test*.jsonl" for
// "NAME/test-00000-of-00002.parquet"), and so do NAME/data/SPLIT and
// NAME/SUBSET/SPLIT.
// Throws: usage error when such files lie in several folders.
std::string split_file(const std::vector<std::string>& files, const Task& task,
                       const std::string& split);

// The same for "boolq.jsonl": a file that only the task's name describes.
std::string plain_file(const std::vector<std::string>& files, const Task& task);

// All parts of "test-00001-of-00002.parquet" in order, wherever it stands among
// them; of any other path itself. Throws: input error if a part is missing.
std::vector<std::string> parts_of(const std::string& path);

// "test-*-of-00002.parquet": the parts as one, for messages and records.
std::string shown_name(const std::vector<std::string>& parts);

}  // namespace lethe
