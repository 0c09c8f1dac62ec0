// Which files hold rows, by their names.
#pragma once

#include <string>

namespace lethe {

enum class RowFormat {
  json_lines,  // .jsonl .ndjson: an object a line
  json,        // .json: a list, an object with a list in it, or JSON Lines
  csv,         // .csv: fields between commas, RFC 4180
  tsv,         // .tsv: the same between tabs
  text,        // .txt .lst: a text a line
  array,       // .npy: a row of ids a text
  columns,     // .parquet .arrow .feather: which one, its first bytes tell
};

// Of a name as people write it: capital letters are as good, and .gz may
// follow, but for arrays and columns. Throws: usage error for
// any other, with what to do instead.
RowFormat row_format(const std::string& path);

// True: the name ends in .gz.
bool names_gzip(const std::string& path);

}  // namespace lethe
