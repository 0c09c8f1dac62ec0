#include "harness/base/files.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "harness/base/error.h"
#include "harness/base/file_reader.h"

namespace lethe {
namespace {

namespace fs = std::filesystem;

void write_all(int file, const std::string& bytes, const std::string& path) {
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n = ::write(file, bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail_write(path);
    done += static_cast<size_t>(n);
  }
}

void sync_path(const std::string& path, int flags) {
  const int file = ::open(path.c_str(), flags);
  if (file < 0) fail_write(path, "open");
  const int result = ::fsync(file);
  ::close(file);
  if (result != 0) fail_write(path, "sync");
}

std::string checksum(const std::string& json) {
  const auto crc = crc32(0, reinterpret_cast<const Bytef*>(json.data()),
                         static_cast<uInt>(json.size()));
  return fmt::format("{:08x}", static_cast<uint32_t>(crc));
}

// The JSON text of a journal line "crc json", empty if the line is damaged.
std::string journal_text(const std::string& line) {
  if (line.size() < 10 || line[8] != ' ') return "";
  std::string json = line.substr(9);
  return checksum(json) == line.substr(0, 8) ? json : "";
}

// The valid lines, and the number of bytes that they take.
std::pair<std::vector<std::string>, size_t> parse_journal(
    const std::string& bytes, const std::string& path) {
  std::vector<std::string> lines;
  size_t begin = 0;
  while (begin < bytes.size()) {
    const size_t end = bytes.find('\n', begin);
    if (end == std::string::npos) break;  // torn last line
    std::string text = journal_text(bytes.substr(begin, end - begin));
    if (text.empty() && end + 1 < bytes.size()) {
      fail_input(path, fmt::format("line {} is damaged", lines.size() + 1),
                 "delete the run folder and start again");
    }
    if (text.empty()) break;
    lines.push_back(std::move(text));
    begin = end + 1;
  }
  return {std::move(lines), begin};
}

}  // namespace

void fail_write(const std::string& path, const std::string& action) {
  const int code = errno;
  const bool full = code == ENOSPC || code == EDQUOT || code == EFBIG;
  const char* cure = full ? "free disk space and run the same command again"
                          : "check the path and its permissions";
  throw WriteError(Fault::runtime,
                   printable(fmt::format("{}: cannot {}: {}: {}", path, action,
                                         std::strerror(code), cure),
                             4000));
}

bool exists(const std::string& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

bool is_folder(const std::string& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

std::string read_file(const std::string& path, size_t max_bytes) {
  FileReader file(path);
  if (file.size() > max_bytes) {
    fail_input(
        path,
        fmt::format("{} bytes, at most {} are read", file.size(), max_bytes),
        "use a smaller file");
  }
  std::string bytes(file.size(), '\0');
  bytes.resize(file.read(bytes.data(), bytes.size()));
  return bytes;
}

void write_atomically(const std::string& path,
                      const std::function<void(const std::string&)>& fill) {
  const std::string temporary = fmt::format("{}.tmp{}", path, ::getpid());
  try {
    fill(temporary);
    sync_path(temporary, O_RDONLY);
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    ::unlink(temporary.c_str());
    fail_write(path, "rename into place");
  }
  const fs::path parent = fs::path(path).parent_path();
  sync_path(parent.empty() ? "." : parent.string(), O_RDONLY | O_DIRECTORY);
}

void write_file_atomically(const std::string& path, const std::string& bytes) {
  write_atomically(path, [&](const std::string& temporary) {
    const int file = ::open(temporary.c_str(),
                            O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (file < 0) fail_write(path, "create");
    try {
      write_all(file, bytes, path);
    } catch (...) {
      ::close(file);
      throw;
    }
    if (::close(file) != 0) fail_write(path, "close");
  });
}

std::vector<std::string> read_lines(const std::string& path) {
  const std::string bytes = read_file(path);
  std::vector<std::string> lines;
  size_t begin = bytes.compare(0, 3, "\xEF\xBB\xBF") == 0 ? 3 : 0;
  while (begin < bytes.size()) {
    size_t end = bytes.find('\n', begin);
    if (end == std::string::npos) end = bytes.size();
    const bool carriage = end > begin && bytes[end - 1] == '\r';
    lines.push_back(bytes.substr(begin, end - begin - (carriage ? 1 : 0)));
    begin = end + 1;
  }
  return lines;
}

std::string path_inside(const std::string& folder, const std::string& name) {
  if (name.empty() || name == "." || name == ".." ||
      name.find('/') != std::string::npos ||
      name.find('\\') != std::string::npos ||
      name.find('\0') != std::string::npos) {
    fail_input(folder, fmt::format("names the file \"{}\"", name),
               "only plain file names inside the folder are read");
  }
  return (fs::path(folder) / name).string();
}

void make_folder(const std::string& path) {
  std::error_code code;
  fs::create_directories(path, code);
  if (code || !is_folder(path)) {
    errno = code ? code.value() : ENOTDIR;
    fail_write(path, "create the folder");
  }
}

bool has_link(const std::string& folder, const std::string& name) {
  fs::path path = folder;
  std::error_code ignored;
  for (const fs::path& part : fs::path(name)) {
    path /= part;
    if (fs::is_symlink(path, ignored)) return true;
  }
  return false;
}

std::string resolve(const std::string& base, const std::string& path) {
  if (path.empty() || fs::path(path).is_absolute()) return path;
  return (fs::path(base) / path).lexically_normal().string();
}

FolderLock::FolderLock(const std::string& folder) {
  const std::string path = folder + "/lock";
  file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (file_ < 0) fail_write(path, "create");
  if (::flock(file_, LOCK_EX | LOCK_NB) != 0) {
    char holder[64] = {};
    const ssize_t n = ::read(file_, holder, sizeof(holder) - 1);
    ::close(file_);
    fail_runtime(folder,
                 fmt::format("process {} is writing this folder",
                             n > 0 ? std::string(holder) : "another"),
                 "wait for it, or choose another folder");
  }
  const std::string pid = std::to_string(::getpid());
  if (::ftruncate(file_, 0) == 0) write_all(file_, pid, path);
}

FolderLock::~FolderLock() {
  if (file_ >= 0) ::close(file_);
}

Journal::Journal(const std::string& path) : path_(path) {
  file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (file_ < 0) fail_write(path, "open");
  size_t valid = 0;
  std::tie(lines_, valid) = parse_journal(read_file(path), path);
  if (::ftruncate(file_, static_cast<off_t>(valid)) != 0 ||
      ::lseek(file_, 0, SEEK_END) < 0) {
    fail_write(path, "truncate");
  }
}

Journal::~Journal() {
  if (file_ >= 0) ::close(file_);
}

void Journal::append(const std::string& json) {
  const off_t begin = ::lseek(file_, 0, SEEK_END);
  try {
    write_all(file_, checksum(json) + " " + json + "\n", path_);
    if (::fsync(file_) != 0) fail_write(path_, "sync");
  } catch (...) {  // leave no torn line that a later one would follow
    if (::ftruncate(file_, begin) == 0) ::lseek(file_, begin, SEEK_SET);
    throw;
  }
  lines_.push_back(json);
}

std::vector<std::string> Journal::read(const std::string& path) {
  return parse_journal(read_file(path), path).first;
}

}  // namespace lethe
