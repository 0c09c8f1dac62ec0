#include "harness/app/watch.h"

#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <string>

#include "harness/app/output.h"
#include "harness/base/log.h"
#include "harness/base/terminal.h"
#include "results/leaderboard.h"
#include "results/run_follower.h"
#include "results/run_view.h"

namespace lethe {
namespace {

constexpr unsigned kPause = 500'000;  // microseconds between two looks

int code_of(RunStatus status) {
  switch (status) {
    case RunStatus::complete:
      return 0;
    case RunStatus::failed:
      return 1;
    default:
      return static_cast<int>(Fault::incomplete);
  }
}

class Watch {
 public:
  Watch(std::string run, bool json)
      : run_(std::move(run)), json_(json), follower_(run_) {}

  int once() {
    if (json_) {
      print_json(run_json(state(), wall_clock()));
    } else {
      print_lines(options(false));
    }
    return 0;
  }

  int until_end() {
    PlainLines plain;
    for (bool changed = true;; changed = follower_.read()) {
      const bool over = state().status != RunStatus::running;
      const double now = wall_clock();
      if (json_ && (changed || over)) {
        print_json(run_json(state(), now));
        std::fflush(stdout);
      } else if (!json_ && !over && redraws()) {
        show_block(run_lines(state(), now, options(true)));
      } else if (!json_ && !over) {
        const std::string line = plain.due(state(), now);
        if (!line.empty()) log_info(line);
      }
      if (over) return finish();
      ::usleep(kPause);
    }
  }

 private:
  const RunState& state() const { return follower_.state(); }

  ViewOptions options(bool live) const {
    ViewOptions options;
    options.run = run_;
    options.watch = true;
    if (live) return fitted(options);
    options.width = kTextWidth;
    options.height = 1000;
    options.whole = true;
    return options;
  }

  void print_lines(const ViewOptions& options) const {
    for (const std::string& line : run_lines(state(), wall_clock(), options)) {
      std::printf("%s\n", line.c_str());
    }
  }

  int finish() {
    clear_block();
    if (!json_) print_lines(options(false));
    return code_of(state().status);
  }

  const std::string run_;
  const bool json_;
  RunFollower follower_;
};

}  // namespace

// After a stop the shell has written on the terminal.
extern "C" void watch_goes_on(int) { forget_block(); }

int watch_command(const Arguments& arguments) {
  std::signal(SIGCONT, watch_goes_on);
  Watch watch(arguments.positional().front(), arguments.has("--json"));
  return arguments.has("--once") ? watch.once() : watch.until_end();
}

}  // namespace lethe
