// Lines of a text file from elsewhere, plain or compressed.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "harness/base/file_reader.h"

namespace lethe {

class LineReader {
 public:
  // Inflates a file whose name ends in .gz.
  // Throws: as FileReader and GzipReader; input error above 4 GiB.
  explicit LineReader(const std::string& path);

  // The next line with its end (\n or \r\n, absent from a last line that has
  // none); false at the end of the file. A UTF-8 byte order mark is dropped.
  // Throws: input error with file and line for bytes that are not UTF-8, a zero
  // byte (JSON and C stop there), or more than 1 GiB in a line.
  bool next(std::string& line);

  // "file:line" of the line read last, counted from 1.
  std::string where() const;

 private:
  bool refill();
  void check(const std::string& line) const;

  const std::string path_;
  std::unique_ptr<ByteSource> source_;
  std::string buffer_;     // bytes of the source,
  std::string_view rest_;  // of which these are no line yet
  int64_t number_ = 0;
};

// The line without \n, \r\n, or a last \r.
std::string_view without_end(std::string_view line);

}  // namespace lethe
