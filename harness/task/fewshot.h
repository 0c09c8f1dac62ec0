// Few-shot examples, drawn as lm-eval draws them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/task/document.h"

namespace lethe {

struct Shots {
  std::string split, path;  // where the examples are from; empty: none are
  std::vector<std::vector<int64_t>> chosen;  // [documents], rows of the split
  std::vector<WorkedExample> worked;  // [rows of the split], those chosen
  int64_t overlaps = 0;  // documents that are among their own examples
};

// `count` examples for each document of `data`: the first ones of the few-shot
// split, or drawn by one stream a task, which moves on from document to
// document (lm-eval's default seed is 1234). As there, documents that are not
// of a test split draw one example more and leave themselves out; those of a
// test split do so where both splits are one file; the rule's leave_out decides
// where it is set. Throws: usage error when the split has too few rows or is
// not there.
Shots draw_shots(const Task& task, const SplitData& data,
                 const TaskSources& sources, int64_t count, uint32_t seed);

}  // namespace lethe
