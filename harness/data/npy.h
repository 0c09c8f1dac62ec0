// Arrays of token ids in numpy's .npy files.
#pragma once

#include <cstdint>
#include <string>

#include "harness/base/mapped_file.h"

namespace lethe {

// A table of whole numbers in a file of numpy.save: versions 1 to 3, signed or
// unsigned, 1 to 8 bytes, either byte order, rows or columns first. Numbers are
// read where they stand, so the memory does not depend on what the header says.
//
// Throws: usage error when the file is absent; input error when it is damaged
// or cut off, has other than two dimensions, or other entries: Python objects
// (pickles are never read), fields, floats, texts.
class NpyTable {
 public:
  explicit NpyTable(const std::string& path);

  int64_t rows() const { return rows_; }
  int64_t columns() const { return columns_; }
  // "<u2", "<i8", ...: as numpy names it.
  const std::string& type() const { return type_; }

  // Throws: input error for a number that is below 0 or above 2^63 - 1, which
  // is no token id. REQUIRES: row and column are in the table.
  int64_t at(int64_t row, int64_t column) const;

 private:
  void read_header();

  MappedFile file_;
  std::string type_;
  bool columns_first_ = false;
  int64_t rows_ = 0, columns_ = 0;
  size_t begin_ = 0;  // of the numbers
};

}  // namespace lethe
