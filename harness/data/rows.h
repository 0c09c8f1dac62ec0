// Rows of data files: .jsonl and .ndjson; .json (a list of objects, an object
// with one list of objects in it, or JSON Lines, as some releases do); .csv and
// .tsv (RFC 4180, values are strings); .txt and .lst (a row {"text": line} for
// each line, empty ones too). Each may be gzip's, with .gz behind the name.
// UTF-8, with or without a byte order mark, lines end in \n or \r\n.
// .npy (a table of token ids, a row {"id": number, "ids": [..]} a text; with a
// file ..suffix.npy beside ..prefix.npy also the suffix's ids, prefix_tokens
// and suffix_tokens: the format of lm-extraction-benchmark). .parquet, .arrow
// and .feather where pyarrow's libraries are, see harness/data/column_file.h.
//
// An object under "messages" is a chat: a .json file with nothing but one chat
// in it is one row, not one row a message.
#pragma once

#include <string>
#include <vector>

#include "harness/base/json.h"

namespace lethe {

struct RowOptions {
  int64_t limit = 0;  // rows at most, what follows is not looked at; 0: all
  // Names of the fields of a .csv or .tsv file that has no header.
  std::vector<std::string> columns = {};
};

struct DataRow {
  Json fields;        // an object
  std::string where;  // "file:line", for errors
};

// With the keys in the order written, for what is shown or rendered in that
// order (chat messages).
struct OrderedRow {
  OrderedJson fields;
  std::string where;
};

// The rows of a file.
// Throws: usage error if it is absent or of another kind, or `columns` are
// given where there are none; input error with file and line for a row that
// cannot be read or is no object, a number of fields that differs from the
// header's, a name that appears twice, bytes that are not UTF-8, more than 10
// million rows, or none.
std::vector<DataRow> read_rows(const std::string& path, int64_t limit = 0);
std::vector<DataRow> read_rows(const std::string& path,
                               const RowOptions& options);
std::vector<OrderedRow> read_ordered_rows(const std::string& path,
                                          int64_t limit = 0);
std::vector<OrderedRow> read_ordered_rows(const std::string& path,
                                          const RowOptions& options);

// As read_ordered_rows, with what the file turned out to be: "JSON Lines",
// "JSON list", "JSON object with the list \"data\"", "CSV", "TSV", "text" or
// "numpy array of 100 x 50 <u2",
// each with ", gzip" behind it where it is, or what ColumnFile::format says.
struct RowFile {
  std::string format;
  std::vector<OrderedRow> rows;
};
RowFile read_row_file(const std::string& path, const RowOptions& options);

// SHA-256 over the canonical form of the rows.
std::string rows_hash(const std::vector<DataRow>& rows);

}  // namespace lethe
