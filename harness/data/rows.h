// Rows of data files.
#pragma once

#include <string>
#include <vector>

#include "harness/base/json.h"

namespace lethe {

struct DataRow {
  Json fields;        // an object
  std::string where;  // "file:line", for errors
};

// The rows of a .jsonl file with their keys in the order written, for what is
// shown or rendered in that order (chat messages). Throws as read_rows.
struct OrderedRow {
  OrderedJson fields;
  std::string where;
};
std::vector<OrderedRow> read_ordered_rows(const std::string& path,
                                          int64_t limit = 0);

// The rows of a .jsonl file, or of a .json file that holds a list of objects
// (or JSON Lines, as some releases do). At most `limit` rows; 0: all.
// Throws: usage error if absent or of another kind; input error with file and
// line for malformed JSON, a row that is no object, or a file without rows.
std::vector<DataRow> read_rows(const std::string& path, int64_t limit = 0);

// SHA-256 over the canonical form of the rows.
std::string rows_hash(const std::vector<DataRow>& rows);

}  // namespace lethe
