#include "harness/base/shipped.h"

#include <dlfcn.h>

#include <filesystem>

namespace lethe {
namespace {

std::filesystem::path program_folder() {
  Dl_info info{};
  dladdr(reinterpret_cast<void*>(&suites_folder), &info);
  return std::filesystem::absolute(info.dli_fname).parent_path();
}

}  // namespace

std::string suites_folder() { return (program_folder() / "suites").string(); }

std::vector<std::string> suite_folders() {
  std::vector<std::string> folders;
  for (const char* name : {"suites", "plugin_suites"}) {
    const auto folder = program_folder() / name;
    if (std::filesystem::is_directory(folder)) folders.push_back(folder);
  }
  return folders;
}

}  // namespace lethe
