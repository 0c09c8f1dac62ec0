// What a file of rows holds, to see before a run what would be read.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "harness/data/rows.h"

namespace lethe {

struct FieldProfile {
  std::string name;
  // Rows by the JSON type that they have here: "string", "integer", "number",
  // "boolean", "list", "object", "null".
  std::map<std::string, int64_t> types;
  int64_t missing = 0;  // rows without the field
  int64_t empty = 0;    // strings of blanks and line ends only, or of nothing
};

struct FileProfile {
  std::string format;  // as RowFile has it
  int64_t rows = 0;
  // Of the file as it lies there, compressed if it is; whatever the limit.
  int64_t bytes = 0;
  std::string sha256;
  std::vector<FieldProfile> fields;  // in the order in which they appear
  int64_t duplicate_rows = 0;  // that equal an earlier one in canonical form
  // Rows whose "id" equals an earlier one's; none if no row has one.
  std::optional<int64_t> duplicate_ids;
  OrderedJson first;  // row
};

// Throws: as read_rows.
FileProfile profile_file(const std::string& path, const RowOptions& options);

}  // namespace lethe
