// Where a run stands, as its events tell it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/base/run_event.h"

namespace lethe {

enum class CellState { left, running, done, failed, skipped };

struct CellProgress {
  PlannedRow row;
  CellState state = CellState::left;
  std::map<std::string, bool> ended;  // units by name; false: it failed
  int64_t skipped = 0;                // of the units
  bool model = false;                 // made; of cells without transforms
  std::string message;                // of the newest failure
  double seconds = 0;                 // measured: of its model and units

  int64_t failed() const;
  std::string name() const;  // "npo + quantise (seed 1)"
};

// What is being done at the moment.
struct RunningUnit {
  std::string unit;   // "model" or a probe or task; empty: nothing
  double begun = 0;   // seconds since 1970
  RunEvent first;     // of the stage's progress; without a name: none yet
  RunEvent progress;  // the newest of it
};

enum class RunStatus { unknown, running, complete, failed, stopped };

// Mean seconds of what was measured, by name.
class MeanSeconds {
 public:
  void add(const std::string& name, double seconds);
  std::optional<double> of(const std::string& name) const;

 private:
  std::map<std::string, std::pair<double, int64_t>> sums_;
};

class RunState {
 public:
  // Events in the order in which they happened; unknown ones change nothing. A
  // second run_started goes on with what is known of the same cells: what ended
  // stays ended, what failed is tried again.
  void apply(const RunEvent& event);

  RunStatus status = RunStatus::unknown;
  std::string suite, message, process;
  std::vector<CellProgress> cells;
  std::vector<std::string> units;  // of every cell
  RunningUnit now;
  size_t current = 0;          // of `cells`, where has_current
  bool has_current = false;    // false while the base model is made
  std::optional<size_t> last;  // the cell that ended last
  bool resumed = false;
  double begun = 0;        // of this call, seconds since 1970
  double heard = 0;        // when the newest event happened
  double seconds = 0;      // measured, of all calls
  int64_t tokens = 0;      // computed
  int64_t peak_bytes = 0;  // of the process, at most
  std::vector<RunEvent> gates;

  int64_t count(CellState state) const;
  int64_t ended() const;  // cells that are done, failed or skipped
  int64_t units_left(const CellProgress& cell) const;

  // Seconds that the rest takes, from what was measured so far: a unit as long
  // as the same one of the same transform took elsewhere (or the same one, or
  // any), a model as long as the same row's of another seed (or any that was
  // trained); of what is running the rest. None before there is something to
  // go by, and of runs that are not going.
  std::optional<double> seconds_left(double now_seconds) const;

  // The same of the training that is going on, from its steps alone.
  std::optional<double> training_left(double now_seconds) const;

 private:
  CellProgress* cell_of(const RunEvent& event);
  void start(const RunEvent& event);
  void finish(const RunEvent& event);
  void end_unit(const RunEvent& event, bool ok);
  void end_cell(const RunEvent& event);
  std::optional<double> expected_unit(const std::string& unit,
                                      const std::string& transform) const;
  std::optional<double> expected_model(const std::string& label) const;
  std::optional<double> cell_left(const CellProgress& cell) const;
  std::optional<double> running_left(double now_seconds) const;

  std::map<std::string, size_t> places_;  // of cells, by hash
  MeanSeconds unit_seconds_, model_seconds_;
};

}  // namespace lethe
