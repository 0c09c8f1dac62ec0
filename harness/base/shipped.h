// What ships beside the program.
#pragma once

#include <string>
#include <vector>

namespace lethe {

// The folder with the suites; tasks/ lies in it.
std::string suites_folder();

// That folder and, where the program was built with plugins, theirs; those
// that exist.
std::vector<std::string> suite_folders();

}  // namespace lethe
