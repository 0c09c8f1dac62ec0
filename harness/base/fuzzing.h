// For fuzz targets (x_fuzz.cc beside x.cpp, run by `./dev fuzz`): any input
// works or ends with an Error. All else is a finding: a crash, another
// exception, undefined behaviour, more than 10 seconds or 1 GiB.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/error.h"

namespace lethe {

// Makes a finding of a property that does not hold.
inline void must_hold(bool holds, const char* property) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", property);
  std::abort();
}

// Calls `work`, which may end with an Error of one line. False: it did.
template <class Work>
bool works(const Work& work) {
  try {
    work();
    return true;
  } catch (const Error& error) {
    const std::string_view message = error.what();
    must_hold(message.find('\n') == message.npos, "an error is one line");
    return false;
  }
}

inline std::string fuzz_text(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// Several texts from one input, divided by zero bytes; missing ones are empty,
// the last one may hold zero bytes of its own.
inline std::vector<std::string> fuzz_texts(const uint8_t* data, size_t size,
                                           size_t count) {
  const std::string whole = fuzz_text(data, size);
  std::vector<std::string> texts(count);
  size_t start = 0;
  for (size_t i = 0; i < count && start <= whole.size(); ++i) {
    const bool last = i + 1 == count;
    const size_t end =
        last ? whole.size() : std::min(whole.find('\0', start), whole.size());
    texts[i] = whole.substr(start, end - start);
    start = end + 1;
  }
  return texts;
}

// A folder for targets that read files by their names; gone at the end.
class FuzzFolder {
 public:
  FuzzFolder() {
    path_ = (std::filesystem::temp_directory_path() / "lethe_fuzz_XXXXXX");
    must_hold(::mkdtemp(path_.data()) != nullptr, "a folder can be made");
  }
  ~FuzzFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  FuzzFolder(const FuzzFolder&) = delete;
  FuzzFolder& operator=(const FuzzFolder&) = delete;

  const std::string& path() const { return path_; }
  // Writes the file and returns its path.
  std::string write(const std::string& name, const std::string& bytes) const {
    const std::string file = path_ + "/" + name;
    std::ofstream(file, std::ios::binary) << bytes;
    return file;
  }

 private:
  std::string path_;
};

}  // namespace lethe
