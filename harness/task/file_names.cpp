#include "harness/task/file_names.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>

#include "harness/base/files.h"

namespace lethe {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxDepth = 5;
constexpr size_t kMaxFiles = 200'000;

const char* const kEndings[] = {".jsonl", ".json", ".csv",
                                ".tsv",   ".txt",  ".ndjson"};

bool fits(const std::string& path, const std::string& pattern) {
  return ::fnmatch(pattern.c_str(), path.c_str(), FNM_CASEFOLD) == 0 ||
         ::fnmatch(("*/" + pattern).c_str(), path.c_str(), FNM_CASEFOLD) == 0;
}

// The pattern without its .jsonl or .json.
std::optional<std::string> json_stem(const std::string& pattern) {
  for (const std::string ending : {".jsonl", ".json"}) {
    const size_t size =
        pattern.size() - std::min(pattern.size(), ending.size());
    if (pattern.substr(size) == ending) return pattern.substr(0, size);
  }
  return std::nullopt;
}

// The first that fits and REQUIRES all to lie in one folder: folders are the
// subsets of a data set, and which one is meant cannot be guessed.
std::string only_match(const std::vector<std::string>& files,
                       const std::string& pattern) {
  std::string first;
  for (const std::string& file : files) {
    if (!fits(file, pattern)) continue;
    if (first.empty()) first = file;
    if (fs::path(file).parent_path() != fs::path(first).parent_path()) {
      fail_usage(first, "could be meant, and " + file + " too",
                 "name the file: --data-file TASK[:SPLIT]=FILE");
    }
  }
  return first;
}

std::string first_match(const std::vector<std::string>& files,
                        const std::vector<std::string>& patterns) {
  for (const std::string& pattern : patterns) {
    for (const std::string& file : files) {
      if (fits(file, pattern) || fits(file, pattern + ".gz")) return file;
    }
  }
  return "";
}

std::string first_columns(const std::vector<std::string>& files,
                          const std::vector<std::string>& patterns) {
  for (const std::string& pattern : patterns) {
    const auto stem = json_stem(pattern);
    if (!stem) continue;
    for (const char* ending : {".parquet", ".arrow"}) {
      for (const char* part : {"", "-*-of-*"}) {
        const std::string file = only_match(files, *stem + part + ending);
        if (!file.empty()) return file;
      }
    }
  }
  return "";
}

// A name of Hugging Face's: "test", 1, 2, ".parquet" of
// "test-00001-of-00002.parquet".
struct PartName {
  std::string stem;
  int64_t number, count;
  std::string ending;

  std::string name(int64_t part) const {
    return fmt::format("{}-{:05}-of-{:05}{}", stem, part, count, ending);
  }
};

std::optional<int64_t> five_digits(std::string_view text) {
  int64_t number = 0;
  const auto [end, fault] =
      std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.size() != 5 || fault != std::errc() ||
      end != text.data() + text.size() || number < 0) {
    return std::nullopt;
  }
  return number;
}

std::optional<PartName> part_name(const std::string& name) {
  const size_t of = name.rfind("-of-");
  if (of == name.npos || of < 6 || name[of - 6] != '-') return std::nullopt;
  const std::string_view text = name;
  const auto number = five_digits(text.substr(of - 5, 5));
  const auto count = five_digits(text.substr(of + 4, 5));
  if (!number || !count || *number >= *count) return std::nullopt;
  return PartName{name.substr(0, of - 6), *number, *count, name.substr(of + 9)};
}

}  // namespace

std::vector<std::string> files_below(const std::string& folder) {
  if (!is_folder(folder)) {
    fail_usage(folder, "is no folder", "check --data-dir");
  }
  std::vector<std::string> files;
  std::error_code fault, circle;  // links in a circle are no files
  fs::recursive_directory_iterator it(
      folder, fs::directory_options::skip_permission_denied, fault);
  for (; it != fs::recursive_directory_iterator(); it.increment(fault)) {
    if (it.depth() >= kMaxDepth) it.disable_recursion_pending();
    if (!it->is_regular_file(circle)) continue;
    // As it is called here: caches hold links to blobs without an ending.
    files.push_back(it->path().lexically_relative(folder).string());
    if (files.size() > kMaxFiles) {
      fail_usage(folder, "has too many files", "name a smaller folder");
    }
  }
  if (fault) {
    fail_usage(folder, "cannot be read whole: " + fault.message(),
               "check its permissions");
  }
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) {
    const auto deep = [](const std::string& path) {
      return std::count(path.begin(), path.end(), '/');
    };
    return std::pair(deep(a), a) < std::pair(deep(b), b);
  });
  return files;
}

std::vector<std::string> patterns_of(const Task& task,
                                     const std::string& split) {
  std::vector<std::string> patterns;
  const auto own = task.files.find(split);
  if (own != task.files.end()) patterns = own->second;
  for (const char* ending : kEndings) {
    for (const char* between : {"_", "/", "-", "__"}) {
      patterns.push_back(task.name + between + split + ending);
    }
  }
  return patterns;
}

std::string split_file(const std::vector<std::string>& files, const Task& task,
                       const std::string& split) {
  std::vector<std::string> patterns = patterns_of(task, split);
  const std::string file = first_match(files, patterns);
  if (!file.empty()) return file;
  for (const char* between : {"/data/", "/*/"}) {
    patterns.push_back(task.name + between + split + ".jsonl");
  }
  return first_columns(files, patterns);
}

std::string plain_file(const std::vector<std::string>& files,
                       const Task& task) {
  std::vector<std::string> patterns;
  for (const char* ending : kEndings) patterns.push_back(task.name + ending);
  const std::string file = first_match(files, patterns);
  return file.empty() ? first_columns(files, patterns) : file;
}

std::vector<std::string> parts_of(const std::string& path) {
  const fs::path folder = fs::path(path).parent_path();
  const auto name = part_name(fs::path(path).filename().string());
  if (!name) return {path};
  std::vector<std::string> parts;
  for (int64_t part = 0; part < name->count; ++part) {
    parts.push_back((folder / name->name(part)).string());
    if (!exists(parts.back())) {
      fail_input(path,
                 fmt::format("is one of {} parts, and {} is missing",
                             name->count, name->name(part)),
                 "get all parts");
    }
  }
  return parts;
}

std::string shown_name(const std::vector<std::string>& parts) {
  if (parts.size() == 1) return parts.front();
  const fs::path first = parts.front();
  const PartName name = *part_name(first.filename().string());
  return (first.parent_path() /
          fmt::format("{}-*-of-{:05}{}", name.stem, name.count, name.ending))
      .string();
}

}  // namespace lethe
