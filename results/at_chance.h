// Values that a guess would reach: a membership attack that tells nothing, a
// task that a model does not master.
//
// The level of guessing is 0.5 of an AUC; of a multiple-choice task's accuracy
// (acc, acc_norm, ..) it is the mean over its questions of 1 / choices, which
// the run's samples tell. A value is at chance when its 95 % interval holds the
// level; without an interval, nothing is said.
#pragma once

#include <vector>

#include "results/table.h"

namespace lethe {

// The mean over the questions of 1 / choices of a task's record. NaN: it has no
// choices or no samples. Throws: input error for damaged samples.
double chance_of_task(const Record& record, const std::string& run_folder);

// A record of each column, or null.
using ColumnRecords = std::vector<const Record*>;

// Fills the columns' `chance` and the cells' `at_chance`, with a footnote.
void find_chance(Table& table, const ColumnRecords& records,
                 const std::vector<RunFolder>& folders);

}  // namespace lethe
