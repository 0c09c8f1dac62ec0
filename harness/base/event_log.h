// RUN/events.jsonl: the events of a run, appended as they happen.
#pragma once

#include <string>

#include "harness/base/run_event.h"

namespace lethe {

// Appends a line an event, stamped with the time unless it is already. The file
// is a report, not a part of the result: when it cannot be written one warning
// says so and the run goes on.
//
// Its size is bounded: of `progress` at most a line each ten seconds, and each
// thousandth of the time since it was opened, so that a month gives 7,000;
// units that the journal kept are not told again; all else comes from the plan.
class EventLog final : public RunObserver {
 public:
  // Opens or creates. A torn last line is ended, so that the next stands alone.
  explicit EventLog(const std::string& path);
  ~EventLog() override;
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;

  void on(const RunEvent& event) override;

  // Whether a progress line is due `now` seconds after the log was opened, when
  // the last one was written at `last`.
  static bool due(double last, double now);

 private:
  void append(const std::string& line, bool sync);
  void give_up();

  const std::string path_;
  const double opened_;
  int file_ = -1;
  double last_progress_ = -1e9;
  double synced_ = 0;
};

// For handlers of signals: appends run_stopped to the log that is open, if one
// is. Safe to call there.
void log_stop_of_signal(int signal);

}  // namespace lethe
