#include "harness/base/file_reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "harness/base/error.h"

namespace lethe {

FileReader::FileReader(const std::string& path) : path_(path) {
  file_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file_ < 0) {
    fail_usage(path, fmt::format("cannot open: {}", std::strerror(errno)),
               "check the path");
  }
  struct stat info {};
  if (::fstat(file_, &info) != 0 || !S_ISREG(info.st_mode)) {
    ::close(file_);
    fail_usage(path, "is not a regular file", "name a file");
  }
  size_ = static_cast<size_t>(info.st_size);
}

FileReader::~FileReader() { ::close(file_); }

size_t FileReader::read(char* bytes, size_t count) {
  size_t done = 0;
  while (done < count) {
    const ssize_t n = ::read(file_, bytes + done, count - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      fail_runtime(path_, fmt::format("cannot read: {}", std::strerror(errno)),
                   "check the disk");
    }
    if (n == 0) break;
    done += static_cast<size_t>(n);
  }
  return done;
}

}  // namespace lethe
