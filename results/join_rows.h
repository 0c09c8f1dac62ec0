// Which records describe the same model and so share a row of the table.
#pragma once

#include <string>
#include <vector>

#include "harness/base/record.h"

namespace lethe {

// The records of one row, at most one a measure and seed.
struct JoinedRow {
  std::string name;                    // unique among the rows
  std::vector<std::string> transform;  // names with options
  std::vector<std::string> runs;       // in order of appearance
  std::vector<const Record*> records;  // into the vector given
  // Records without a metric: the reasons why a cell or a probe has no value.
  std::vector<const Record*> failures;
};

struct JoinedRows {
  std::vector<JoinedRow> rows;  // in order of appearance
  int64_t repeats = 0;          // records left out: measured before, equal
};

// What a record measures: equal for records of one column.
std::string measure_key(const Record& record);

// Rows of equal label, method with options and transform chain are joined
// across runs as long as the runs agree: for a seed that both hold, the model
// hash, the dtype and every value but costs must be equal (a value that failed
// agrees with any other; one that diverged does not). Runs that disagree get
// rows of their own, named "label @ run".
JoinedRows join_rows(const std::vector<Record>& records);

}  // namespace lethe
