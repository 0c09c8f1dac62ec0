// What happens in a run while it goes on: a line of RUN/events.jsonl.
//
// Whoever watches a run (the log, a terminal, a program on another machine)
// sees these and nothing else. Names and meanings are frozen; fields and kinds
// of events may be added: readers pass over what they do not know.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/base/json.h"

namespace lethe {

// A cell of the plan: one row of the table with one chain of transforms.
struct PlannedRow {
  std::string cell;       // hash, as in records
  std::string label;      // the row's name
  std::string transform;  // "quantise"; empty: none
  int64_t seed = 0;
};

// One event; fields that do not belong to its kind are empty or 0.
//
//   run_started      suite, resumed, plan, units, process
//   cell_started     cell
//   unit_started     cell, unit
//   progress         cell, unit, stage, done, total, counted, seconds, message
//   unit_done        cell, unit, seconds, tokens, peak_bytes, kept
//   unit_skipped     the same and message: the reason
//   unit_failed      cell, unit, seconds, message
//   cell_finished    cell, status, message, seconds, done of total units
//   run_finished     status (complete, failed), seconds, done of total units
//   run_stopped      message: the error or signal; the same command resumes
//   gate             status (pass, fail, undecidable), message
//
// A unit is a probe ("loss_mia on forget"), a task ("task arc_easy") or the
// making of the row's model ("model"). The model that all methods start from
// belongs to no cell.
struct RunEvent {
  std::string event;
  std::string time;  // UTC, "2026-01-31T12:00:00.000Z"; empty: not told yet
  std::string suite;
  std::string cell;
  std::string unit;
  std::string stage;    // what is being done: "training base", "scoring"
  std::string counted;  // what done and total count: "steps", "tokens"
  std::string status;
  std::string message;
  std::string process;  // machine and number, see process_name()
  int64_t done = 0;
  int64_t total = 0;  // 0: unknown
  double seconds = 0;
  int64_t tokens = 0;
  int64_t peak_bytes = 0;
  bool resumed = false;            // the folder held a part of the run
  bool kept = false;               // from the journal: done by an earlier call
  std::vector<PlannedRow> plan;    // in the order in which they will run
  std::vector<std::string> units;  // of every cell, without "model"
};

constexpr const char* kModelUnit = "model";

// Fields that are empty, 0 or false are left out; messages are cut to 1,000
// bytes.
OrderedJson to_json(const RunEvent& event);

// Reads what is there: missing and mistyped fields keep their defaults, so a
// line of a later version is no error. An event without a name is none.
RunEvent run_event_from_json(const Json& json);

// Seconds since 1970 as "2026-01-31T12:00:00.000Z", and back; NaN for text of
// another form.
std::string utc_time(double seconds);
double seconds_of(const std::string& utc);
// The clock that events are stamped by: seconds since 1970.
double wall_clock();

// "MACHINE/PID": tells whether a process still runs, without naming a host. The
// machine is a hash of its boot and process namespace.
std::string process_name();
enum class ProcessState { runs, ended, elsewhere };
ProcessState process_state(const std::string& name);

// Sees the events of one run as they happen, on the run's own thread. It must
// not throw.
class RunObserver {
 public:
  virtual ~RunObserver() = default;
  virtual void on(const RunEvent& event) = 0;
};

}  // namespace lethe
