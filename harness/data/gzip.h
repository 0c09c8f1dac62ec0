// What gzip files hold, inflated piece by piece.
#pragma once

#include <memory>
#include <string>

#include "harness/base/file_reader.h"

namespace lethe {

// Of the inflated data, so that a small file cannot fill the memory or the day.
struct GzipLimits {
  size_t bytes = size_t{4} << 30;
  size_t ratio = 1100;  // to the file's size; sound data stay below 1,032
};

class GzipReader final : public ByteSource {
 public:
  // Throws: as FileReader, and input error for a file that is not gzip's.
  explicit GzipReader(const std::string& path, const GzipLimits& limits = {});
  ~GzipReader() override;

  // Members that follow each other (as `cat a.gz b.gz` makes them) are one
  // text; zero bytes behind the last are padding.
  // Throws: input error for data that are damaged, cut off, or beyond a limit.
  size_t read(char* bytes, size_t count) override;

 private:
  struct Stream;

  // Of compressed bytes; false at the file's end.
  bool refill();
  // Stands at the next member's first byte; false if none follows.
  bool find_member();
  void inflate_some();
  void check_limits() const;

  const std::string path_;
  const GzipLimits limits_;
  FileReader file_;
  std::unique_ptr<Stream> stream_;
  bool inside_ = false;  // a member
  size_t inflated_ = 0;  // bytes of all members so far
};

}  // namespace lethe
