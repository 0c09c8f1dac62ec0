// A file mapped for reading.
//
// A file that another process cuts short while it is mapped, or a disk that
// fails under it, cannot become an exception: the program then ends at once
// with an error in one line and exit code 3. What it wrote before is whole, as
// after a kill. (A copy instead would cost a model's size in memory.)
#pragma once

#include <string>
#include <string_view>

namespace lethe {

class MappedFile {
 public:
  // Throws: usage error if absent, input error if it is no regular file (a
  // folder, a pipe, a device: refused, never waited for), runtime error if it
  // cannot be mapped.
  explicit MappedFile(const std::string& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  const std::string& path() const { return path_; }
  // Empty for an empty file. Lives as long as this object.
  std::string_view bytes() const { return {data_, size_}; }
  // Gives back the memory of pages wholly inside `part`; they are read from the
  // file again when they are looked at again. What is no part of bytes() stays.
  void release(std::string_view part) const;

 private:
  const std::string path_;
  const char* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace lethe
