// Bytes of a file, piece by piece.
#pragma once

#include <cstddef>
#include <string>

namespace lethe {

// Where bytes come from: a file, or what a compressed file holds.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Puts the next bytes at `bytes` and returns how many: at most `count`, fewer
  // only at the end, then 0.
  virtual size_t read(char* bytes, size_t count) = 0;
};

class FileReader final : public ByteSource {
 public:
  // Throws: usage error if absent or no regular file (a folder, a pipe, a
  // device: refused, never waited for).
  explicit FileReader(const std::string& path);
  ~FileReader() override;
  FileReader(const FileReader&) = delete;
  FileReader& operator=(const FileReader&) = delete;

  // In bytes, when it was opened.
  size_t size() const { return size_; }
  // Throws: runtime error that says why, as errno has it.
  size_t read(char* bytes, size_t count) override;

 private:
  const std::string path_;
  int file_ = -1;
  size_t size_ = 0;
};

}  // namespace lethe
