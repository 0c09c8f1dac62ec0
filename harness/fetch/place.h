// Files on their way into the data folder.
#pragma once

#include <cstdint>
#include <string>

namespace lethe {

// SHA-256 of a file, in hexadecimal. Throws: usage error if it cannot be read.
std::string file_sha256(const std::string& path);

// Bytes of a file; 0 when it is absent.
int64_t file_bytes(const std::string& path);

// Syncs `part`, renames it to `path` and syncs the folder. Throws: WriteError.
void finish_file(const std::string& part, const std::string& path);

// Deletes a file; it is fine when there is none.
void remove_file(const std::string& path);

// Throws: WriteError that states both numbers unless the disk that holds the
// folder of `path` has `bytes` free.
void need_space(const std::string& path, int64_t bytes);

// A file that is written piece by piece.
class PartFile {
 public:
  // Opens or creates it; `keep` bytes stay, the rest is cut off.
  // Throws: WriteError.
  PartFile(const std::string& path, int64_t keep);
  ~PartFile();
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;

  void write(const char* data, size_t size);  // Throws: WriteError
  int64_t bytes() const { return bytes_; }

 private:
  const std::string path_;
  int64_t bytes_;
  int file_ = -1;
};

}  // namespace lethe
