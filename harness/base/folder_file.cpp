#include "harness/base/folder_file.h"

#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "harness/base/error.h"
#include "harness/base/files.h"

namespace lethe {
namespace {

namespace fs = std::filesystem;

constexpr const char* kCopy = "put the file itself there";

// What stands at `path`, links not followed. False: nothing.
bool look_at(const std::string& path, struct stat* info) {
  if (::lstat(path.c_str(), info) == 0) return true;
  if (errno != ENOENT && errno != ENOTDIR) {
    fail_input(path, std::string("cannot be read: ") + std::strerror(errno),
               "check its permissions");
  }
  return false;
}

bool inside(const fs::path& folder, const fs::path& file) {
  const auto ends =
      std::mismatch(folder.begin(), folder.end(), file.begin(), file.end());
  return ends.first == folder.end() && ends.second != file.end();
}

bool hash_name(const std::string& name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0;
  });
}

// Whether a link with this text, in this canonical folder, is what a Hugging
// Face cache holds, and `file`, where it ends, is the blob itself.
bool links_to_blob(const fs::path& folder, const std::string& text,
                   const fs::path& file) {
  std::string up = "../";
  fs::path at = folder;
  while (at.has_relative_path() && at.filename() != "snapshots") {
    up += "../";
    at = at.parent_path();
  }
  const fs::path repository = at.parent_path();
  return at != folder && at.filename() == "snapshots" &&
         repository.filename().string().starts_with("models--") &&
         hash_name(file.filename().string()) &&
         file == repository / "blobs" / file.filename() &&
         text == up + "blobs/" + file.filename().string();
}

void check_link(const std::string& folder, const std::string& path) {
  std::error_code code;
  const std::string text = fs::read_symlink(path, code).string();
  const fs::path file = fs::canonical(path, code);
  if (code) {
    fail_input(path, "is a link to \"" + text + "\": " + code.message(),
               "download the folder again");
  }
  const fs::path root = fs::canonical(folder, code);
  if (!code && (inside(root, file) || links_to_blob(root, text, file))) return;
  fail_input(path, "is a link to \"" + text + "\", outside the model folder",
             kCopy);
}

}  // namespace

std::string folder_file(const std::string& folder, const std::string& name) {
  const std::string path = path_inside(folder, name);
  struct stat info {};
  if (!look_at(path, &info)) return "";
  if (S_ISLNK(info.st_mode)) {
    check_link(folder, path);
    if (::stat(path.c_str(), &info) != 0) info.st_mode = 0;
  }
  if (!S_ISREG(info.st_mode)) {
    fail_input(path, "is no regular file", kCopy);
  }
  return path;
}

std::string folder_inside(const std::string& folder, const std::string& name) {
  const std::string path = path_inside(folder, name);
  struct stat info {};
  if (!look_at(path, &info)) return "";
  if (!S_ISDIR(info.st_mode)) {
    fail_input(path, "is a link or a file, not a folder",
               "put the folder itself there");
  }
  return path;
}

}  // namespace lethe
