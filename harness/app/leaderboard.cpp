#include "results/leaderboard.h"

#include <cstdio>

#include "harness/app/light.h"
#include "harness/app/shown_runs.h"
#include "harness/base/files.h"

namespace lethe {

int leaderboard_command(const Arguments& arguments) {
  LeaderboardOptions options;
  options.format =
      arguments.text("--format", arguments.has("--json") ? "json" : "terminal");
  options.rows = arguments.has("--all") ? Rows::all : Rows::chosen;
  options.columns = arguments.all("--columns");
  options.sort = arguments.text("--sort");
  options.published = arguments.all("--published");
  const ShownRuns runs(arguments);
  const std::string table = leaderboard(runs.folders(), options);
  if (arguments.has("--out")) {
    write_file_atomically(arguments.text("--out"), table);
  } else {
    std::fputs(table.c_str(), stdout);
  }
  return 0;
}

}  // namespace lethe
