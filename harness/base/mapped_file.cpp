#include "harness/base/mapped_file.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "harness/base/error.h"

namespace lethe {
namespace {

// Of all ways to read a file only a mapping ends here. Nothing that allocates
// or locks may be called.
void end_on_lost_bytes(int, siginfo_t* info, void*) {
  if (info->si_code != BUS_ADRERR) {  // not a mapping's: as without us
    ::signal(SIGBUS, SIG_DFL);
    return;
  }
  constexpr std::string_view kMessage =
      "error: a mapped file: was cut short or its disk failed while it was "
      "read: leave the files of a model alone during a run\n";
  [[maybe_unused]] const auto written =
      ::write(STDERR_FILENO, kMessage.data(), kMessage.size());
  ::_exit(static_cast<int>(Fault::input));
}

bool watch_for_lost_bytes() {
  struct sigaction action {};
  action.sa_sigaction = end_on_lost_bytes;
  action.sa_flags = SA_SIGINFO;
  ::sigemptyset(&action.sa_mask);
  return ::sigaction(SIGBUS, &action, nullptr) == 0;
}

}  // namespace

MappedFile::MappedFile(const std::string& path) : path_(path) {
  const int handle = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (handle < 0) {
    fail_usage(path, std::string("cannot open: ") + std::strerror(errno),
               "check the path");
  }
  struct stat info {};
  if (::fstat(handle, &info) != 0 || !S_ISREG(info.st_mode)) {
    ::close(handle);
    fail_input(path, "is no regular file", "download or export it again");
  }
  size_ = static_cast<size_t>(info.st_size);
  void* mapped = nullptr;
  if (size_ > 0) {
    mapped = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, handle, 0);
  }
  ::close(handle);
  if (mapped == MAP_FAILED) {
    fail_runtime(path, "cannot map the file", "free memory and try again");
  }
  data_ = static_cast<const char*>(mapped);
  [[maybe_unused]] static const bool watched = watch_for_lost_bytes();
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<char*>(data_), size_);
}

void MappedFile::release(std::string_view part) const {
  const auto page = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto from = reinterpret_cast<uintptr_t>(part.data());
  const auto first = reinterpret_cast<uintptr_t>(data_);
  if (from < first || from - first > size_ ||
      part.size() > size_ - (from - first)) {
    return;
  }
  const uintptr_t begin = (from + page - 1) / page * page;
  const uintptr_t end = (from + part.size()) / page * page;
  if (begin < end) {  // advice: without effect, the pages merely stay
    ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
  }
}

}  // namespace lethe
