// show: what a run did, holds and counted.
#include "results/show.h"

#include <cstdio>
#include <filesystem>

#include "harness/app/light.h"
#include "harness/app/output.h"
#include "harness/app/shown_runs.h"
#include "harness/base/files.h"
#include "results/show_flags.h"

namespace lethe {
namespace {

int show(const Arguments& arguments, const std::string& run) {
  if (arguments.has("--flags")) {
    const auto flags = counted_flags(run);
    if (arguments.has("--json")) {
      print_json(flags_json(flags));
    } else {
      std::fputs(flags_text(flags).c_str(), stdout);
    }
    return 0;
  }
  std::string text =
      arguments.has("--json") ? read_file(run + "/run.json") : show_run(run);
  // A copy without texts is gone when this ends: only its name is shown.
  if (arguments.has("--redact")) {
    const std::string folder = std::filesystem::path(run).parent_path() / "";
    for (size_t at; (at = text.find(folder)) != std::string::npos;) {
      text.erase(at, folder.size());
    }
  }
  std::fputs(text.c_str(), stdout);
  return 0;
}

}  // namespace

int show_command(const Arguments& arguments) {
  const ShownRuns runs(arguments);
  return show(arguments, runs.folders().front());
}

}  // namespace lethe
