#include "harness/app/engine/live_view.h"

#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "harness/base/log.h"
#include "harness/base/terminal.h"
#include "results/run_view.h"

namespace lethe {
namespace {

constexpr double kPause = 0.2;  // seconds between two frames at least

class LiveView final : public RunObserver {
 public:
  explicit LiveView(const std::string& run)
      : options_{.run = run},
        ticker_([this](const std::stop_token& stop) { tick(stop); }) {}

  ~LiveView() override {
    ticker_.request_stop();
    ticker_.join();
    clear_block();
  }

  LiveView(const LiveView&) = delete;
  LiveView& operator=(const LiveView&) = delete;

  void on(const RunEvent& event) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    state_.apply(event);
    if (event.event == "unit_started") {
      const std::string row =
          state_.has_current ? state_.cells[state_.current].name() : "base";
      log_debug(printable("  " + row + ": " + event.unit, 1000));
    }
    show();
  }

 private:
  // The clock goes on while a long step says nothing.
  void tick(const std::stop_token& stop) {
    std::unique_lock<std::mutex> lock(mutex_);
    while (!woken_.wait_for(lock, stop, std::chrono::seconds(1), [] {
      return false;
    }) && !stop.stop_requested()) {
      show();
    }
  }

  void show() {
    if (state_.status != RunStatus::running) return;
    const double now = wall_clock();
    if (!redraws()) {
      const std::string line = plain_.due(state_, now);
      if (!line.empty()) log_info(line);
    } else if (now - drawn_ >= kPause || now < drawn_) {
      drawn_ = now;
      show_block(run_lines(state_, now, fitted(options_)));
    }
  }

  std::mutex mutex_;
  RunState state_;
  ViewOptions options_;
  PlainLines plain_;
  double drawn_ = 0;
  std::condition_variable_any woken_;
  std::jthread ticker_;  // last: it uses the others
};

}  // namespace

RunSummary run_in_view(const Suite& suite, RunOptions options) {
  if (verbosity() == Verbosity::quiet) return run_suite(suite, options);
  LiveView view(options.out);
  options.observer = &view;
  return run_suite(suite, options);
}

}  // namespace lethe
