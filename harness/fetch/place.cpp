#include "harness/fetch/place.h"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <vector>

#include "harness/base/error.h"
#include "harness/base/file_reader.h"
#include "harness/base/files.h"
#include "harness/base/hash.h"
#include "harness/base/log.h"

namespace lethe {
namespace {

namespace fs = std::filesystem;

std::string folder_of(const std::string& path) {
  const fs::path parent = fs::path(path).parent_path();
  return parent.empty() ? "." : parent.string();
}

void sync_path(const std::string& path, int flags) {
  const int file = ::open(path.c_str(), flags | O_CLOEXEC);
  if (file < 0) fail_write(path, "open");
  const int result = ::fsync(file);
  ::close(file);
  if (result != 0) fail_write(path, "sync");
}

}  // namespace

std::string file_sha256(const std::string& path) {
  FileReader file(path);
  std::vector<char> buffer(1u << 20);
  Sha256 hash;
  while (const size_t n = file.read(buffer.data(), buffer.size())) {
    hash.add({buffer.data(), n});
  }
  return hash.hex();
}

int64_t file_bytes(const std::string& path) {
  std::error_code absent;
  const auto bytes = fs::file_size(path, absent);
  return absent ? 0 : static_cast<int64_t>(bytes);
}

void finish_file(const std::string& part, const std::string& path) {
  sync_path(part, O_RDONLY);
  if (::rename(part.c_str(), path.c_str()) != 0) {
    fail_write(path, "rename into place");
  }
  sync_path(folder_of(path), O_RDONLY | O_DIRECTORY);
}

void remove_file(const std::string& path) { ::unlink(path.c_str()); }

void need_space(const std::string& path, int64_t bytes) {
  struct statvfs disk {};
  if (::statvfs(folder_of(path).c_str(), &disk) != 0) return;
  const double free =
      static_cast<double>(disk.f_bavail) * static_cast<double>(disk.f_frsize);
  if (free >= static_cast<double>(bytes)) return;
  throw WriteError(
      Fault::runtime,
      printable(fmt::format("{}: needs {} more, {} are free: free disk space "
                            "and run the same command again",
                            path, human_bytes(static_cast<double>(bytes)),
                            human_bytes(free)),
                4000));
}

PartFile::PartFile(const std::string& path, int64_t keep)
    : path_(path), bytes_(keep) {
  file_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  if (file_ < 0) fail_write(path, "create");
  if (::ftruncate(file_, keep) != 0 || ::lseek(file_, keep, SEEK_SET) < 0) {
    ::close(file_);
    fail_write(path, "truncate");
  }
}

PartFile::~PartFile() { ::close(file_); }

void PartFile::write(const char* data, size_t size) {
  size_t done = 0;
  while (done < size) {
    const ssize_t n = ::write(file_, data + done, size - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail_write(path_);
    done += static_cast<size_t>(n);
    bytes_ += n;
  }
}

}  // namespace lethe
