// The rows of a data file that a suite's split takes.
#pragma once

#include <string>
#include <vector>

#include "harness/data/rows.h"

namespace lethe {

struct RowChoice {
  // Rows whose fields have these values; 0 and false are equal, as are 1 and
  // true. {}: all.
  Json where = Json::object();
  int64_t skip = 0;   // of those rows, passed over
  int64_t limit = 0;  // of the rest, read; 0: all
};

// Throws: as read_rows; usage error that names `split` when none is left.
std::vector<DataRow> split_rows(const std::string& file,
                                const RowChoice& choice,
                                const std::string& split);

}  // namespace lethe
