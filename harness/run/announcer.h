// Tells what a run does: to its event log and to whoever observes it.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "harness/base/event_log.h"
#include "harness/base/log.h"
#include "harness/base/record.h"
#include "harness/base/run_event.h"
#include "harness/run/made.h"
#include "harness/run/variants.h"

namespace lethe {

// What will run, in the order in which it will: the reference's rows first.
RunEvent run_started(const Suite& suite, const std::string& suite_hash,
                     const std::vector<Variant>& variants,
                     const std::vector<Chain>& chains);

// Keeps the cell and the unit that are at work, so that the run names them
// once. Nothing that it does changes a record.
class Announcer final : public ProgressListener {
 public:
  // Events go to `out`/events.jsonl and to `observer`, which may be null and
  // must outlive this.
  Announcer(const std::string& out, RunObserver* observer);

  void started(RunEvent plan, bool resumed);

  // `cell` is empty for the model that all methods start from. Again for the
  // same cell does nothing.
  void cell_started(const std::string& cell);
  void cell_finished(const std::string& status, const std::string& message);

  // The units of a cell; a unit that the journal kept is not started.
  void unit_started(const std::string& unit);
  void unit_done(const std::string& unit, const std::vector<Record>& records,
                 bool kept);
  void model_done(const Made& made, bool kept);
  void unit_failed(const std::string& unit, const std::string& message);

  void finished(const std::string& status, int64_t done, int64_t total);
  void stopped(const std::string& message);

  bool on_progress(const Stage& stage) override;

 private:
  using Clock = std::chrono::steady_clock;

  void tell(RunEvent event);
  RunEvent of_unit(const std::string& event, const std::string& unit) const;

  EventLog log_;
  RunObserver* const observer_;
  std::string cell_, unit_;
  int64_t done_ = 0, units_ = 0;  // of the cell
  Clock::time_point run_start_, cell_start_, unit_start_;
};

}  // namespace lethe
