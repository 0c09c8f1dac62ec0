#include "harness/base/version.h"

namespace lethe {

std::string version() { return LETHE_VERSION; }
std::string git_state() { return LETHE_GIT; }

}  // namespace lethe
