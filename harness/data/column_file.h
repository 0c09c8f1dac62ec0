// Rows of Parquet and Arrow files, read by liblethe_arrow.so.
#pragma once

#include <memory>
#include <string>

namespace lethe {

class ColumnFile {
 public:
  // Throws: as FileReader; usage error, with the command that cures it, when
  // the module is not there: it lies beside the program, or where the
  // environment's LETHE_ARROW_MODULE says.
  explicit ColumnFile(const std::string& path);
  ~ColumnFile();

  // The next row as a JSON object; false at the end.
  // Throws: input error for a file that is damaged, encrypted, of another kind,
  // or without columns that JSON has a form for.
  bool next(std::string& row);

  // "file row n" of the row read last, counted from 1.
  std::string where() const;

  // "Parquet", "Arrow stream" or "Arrow file", and behind it the columns that
  // rows leave out: " without image (binary)".
  std::string format() const;

 private:
  struct Rows;

  const std::string path_;
  std::unique_ptr<Rows> rows_;
  size_t number_ = 0;
};

}  // namespace lethe
