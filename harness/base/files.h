// Files that appear whole or not at all.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace lethe {

// Throws: usage error if absent or not a regular file, input error if longer
// than `max_bytes`.
std::string read_file(const std::string& path, size_t max_bytes = 1u << 30);

// Writes `bytes` to a temporary file beside `path`, syncs it, renames it and
// syncs the folder. Throws: WriteError (disk full, no permission); the old
// file, if any, is then untouched.
void write_file_atomically(const std::string& path, const std::string& bytes);

// As above for content that is produced piece by piece: `fill` gets the path of
// the temporary file and writes it.
void write_atomically(const std::string& path,
                      const std::function<void(const std::string&)>& fill);

// Throws: WriteError for `path` that says why, as errno has it.
[[noreturn]] void fail_write(const std::string& path,
                             const std::string& action = "write");

// Lines of a text file without their ends (\n or \r\n); a UTF-8 byte order
// mark is dropped.
std::vector<std::string> read_lines(const std::string& path);

// `name` inside `folder`. Throws: input error unless name is a plain file name
// (no separator, not "..", not empty).
std::string path_inside(const std::string& folder, const std::string& name);

// Creates the folder and its parents. Throws: WriteError.
void make_folder(const std::string& path);

bool exists(const std::string& path);
bool is_folder(const std::string& path);

// Whether a part of `name`, a path below `folder`, is a symbolic link: where it
// leads need not be in the folder.
bool has_link(const std::string& folder, const std::string& name);

// `path` made absolute against `base` unless it is absolute already.
std::string resolve(const std::string& base, const std::string& path);

// Holds DIR/lock while it lives, so that two processes never write one run.
// Throws: runtime error that names the holder when another process holds it.
class FolderLock {
 public:
  explicit FolderLock(const std::string& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int file_ = -1;
};

// An append-only journal: one JSON text a line, each with a checksum.
class Journal {
 public:
  // Opens or creates; `lines()` are the valid ones. A torn or damaged last
  // line is dropped from the file. Throws: input error when a line before the
  // last is damaged.
  explicit Journal(const std::string& path);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  const std::vector<std::string>& lines() const { return lines_; }
  // Appends and syncs. Throws: WriteError (disk full).
  void append(const std::string& json);

  // The valid lines of a journal, without changing it.
  static std::vector<std::string> read(const std::string& path);

 private:
  std::string path_;
  int file_ = -1;
  std::vector<std::string> lines_;
};

}  // namespace lethe
