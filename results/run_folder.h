// Which folder holds a run of this name.
#pragma once

#include <string>
#include <vector>

namespace lethe {

struct RunFolder {
  std::string run, folder;
};

// The folder of `run`; empty when it is none of these.
inline std::string folder_of(const std::vector<RunFolder>& folders,
                             const std::string& run) {
  for (const RunFolder& one : folders) {
    if (one.run == run) return one.folder;
  }
  return "";
}

}  // namespace lethe
