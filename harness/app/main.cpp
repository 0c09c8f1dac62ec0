// lethe: a small program without LibTorch and libcurl; the engine, or what
// downloads, is opened when a command needs it.
#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "harness/app/arguments.h"
#include "harness/app/light.h"
#include "harness/app/metric_command.h"
#include "harness/base/error.h"
#include "harness/base/json.h"
#include "harness/base/log.h"
#include "harness/base/version.h"

namespace lethe {
namespace {

// Threads that wait for each other spin for microseconds, not milliseconds:
// with anything else running on the machine the default makes training up to
// twenty times slower, and alone this costs nothing. Must be set before
// LibTorch's OpenMP starts.
void calm_threads() { ::setenv("GOMP_SPINCOUNT", "30000", 0); }

// Runs the command in a library that lies beside the program.
int run_library(const std::string& name, int count, char** values) {
  const auto program = std::filesystem::canonical("/proc/self/exe");
  const std::string path =
      (program.parent_path() / ("lib" + name + ".so")).string();
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    fail_runtime(path, dlerror(), "build it: ./dev build");
  }
  using Main = int (*)(int, char**);
  const auto entry =
      reinterpret_cast<Main>(dlsym(library, (name + "_main").c_str()));
  if (entry == nullptr) {
    fail_runtime(path, "is no part of this program", "build it: ./dev build");
  }
  return entry(count, values);
}

int run_engine(int count, char** values) {
  calm_threads();
  return run_library("lethe_engine", count, values);
}

int dispatch(int count, char** values) {
  const std::vector<std::string> given(values + 1, values + count);
  if (given.empty() || given[0] == "--help" || given[0] == "help" ||
      given[0] == "-h") {
    std::fputs(program_help().c_str(), stdout);
    return given.empty() ? 2 : 0;
  }
  if (given[0] == "--version") {
    std::printf("lethe %s (%s)\n", version().c_str(), git_state().c_str());
    return 0;
  }
  if (given[0] == "catalogue") return run_engine(count, values);
  const CommandSpec& command = find_command(given[0]);
  const Arguments arguments(command, {given.begin() + 1, given.end()});
  if (arguments.has("--help")) {
    std::fputs(command_help(command).c_str(), stdout);
    return 0;
  }
  const bool asks = command.name == "verify" && arguments.has("--model");
  if (command.engine || asks ||
      (command.name == "metric" && metric_reads_model(arguments))) {
    return run_engine(count, values);
  }
  if (command.name == "fetch") {
    return run_library("lethe_fetch", count, values);
  }
  if (arguments.has("-q")) set_verbosity(Verbosity::quiet);
  if (arguments.has("-v")) set_verbosity(Verbosity::verbose);
  return run_light(arguments);
}

}  // namespace
}  // namespace lethe

int main(int count, char** values) {
  try {
    const int code = lethe::dispatch(count, values);
    if (std::fflush(stdout) != 0) {
      lethe::fail_runtime("stdout", "cannot write", "check where it goes");
    }
    return code;
  } catch (const lethe::Error& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return error.exit_code();
  } catch (const lethe::Json::exception& error) {  // of a damaged file
    std::fprintf(stderr, "error: a file that was read: %s\n",
                 lethe::printable(error.what(), 1000).c_str());
    return static_cast<int>(lethe::Fault::input);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 1;
  }
}
