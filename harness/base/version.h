// What this build is, for records and --version.
#pragma once

#include <string>

namespace lethe {

std::string version();    // "0.1.0"
std::string git_state();  // short commit hash, with "-dirty"; may be empty

}  // namespace lethe
