// Comma- and tab-separated values, RFC 4180.
#pragma once

#include <string>
#include <vector>

#include "harness/data/line_reader.h"

namespace lethe {

// A field in double quotes may hold separators, line ends (kept as they are)
// and quotes, each doubled. As in Python's csv, a quote that does not begin a
// field is text, blanks belong to the field, and empty lines are no record.
// Stricter than Python, because the rest would be read askew: text behind a
// closing quote, a quote that is never closed, and a carriage return alone are
// refused.
class CsvReader {
 public:
  // REQUIRES: `lines` outlives this object; nobody else reads from it.
  CsvReader(LineReader& lines, char separator)
      : lines_(lines), separator_(separator) {}

  // The fields of the next record, at least one; false at the end.
  // Throws: input error with file and line; more than 16,384 fields, or a
  // field above 1 GiB, are errors too.
  bool next(std::vector<std::string>& fields);

  // "file:line" of the first line of the record read last.
  const std::string& where() const { return where_; }

 private:
  void read_quoted(std::string& field);
  void read_plain(std::string& field);

  LineReader& lines_;
  const char separator_;
  std::string where_;
  std::string line_;  // with its end
  size_t at_ = 0;     // in line_
};

}  // namespace lethe
