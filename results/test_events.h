// Events of an invented run, for tests: cells c0, c1, .. with the units "probe"
// and "task".
#pragma once

#include <string>

#include "results/run_state.h"

namespace lethe {

constexpr double kStart = 1'769'860'800;  // 2026-01-31T12:00:00Z

inline RunEvent at(double seconds, const std::string& name, int cell = -1,
                   const std::string& unit = "") {
  RunEvent e;
  e.event = name;
  e.time = utc_time(kStart + seconds);
  if (cell >= 0) e.cell = "c" + std::to_string(cell);
  e.unit = unit;
  return e;
}

inline RunEvent took(RunEvent e, double seconds, int64_t tokens) {
  e.seconds = seconds;
  e.tokens = tokens;
  return e;
}

inline RunEvent status(RunEvent e, const std::string& status) {
  e.status = status;
  return e;
}

inline RunEvent failed(RunEvent e, const std::string& message) {
  e.message = message;
  return e;
}

inline RunEvent steps(RunEvent e, int64_t done, int64_t total) {
  e.stage = "npo";
  e.counted = "steps";
  e.done = done;
  e.total = total;
  return e;
}

// Rows of the methods m0, m1, ..
inline RunEvent start_of(int cells) {
  RunEvent e = at(0, "run_started");
  e.suite = "quickstart";
  e.units = {"probe", "task"};
  for (int i = 0; i < cells; ++i) {
    e.plan.push_back({"c" + std::to_string(i), "m" + std::to_string(i), "", 0});
  }
  return e;
}

inline RunState started(int cells) {
  RunState state;
  state.apply(start_of(cells));
  return state;
}

// The whole of a cell: 40 % of the time its model, 50 % the probe.
inline void run_cell(RunState& s, int cell, double begin, double end) {
  const double whole = end - begin;
  s.apply(at(begin, "cell_started", cell));
  s.apply(at(begin, "unit_started", cell, kModelUnit));
  s.apply(took(at(begin + 0.4 * whole, "unit_done", cell, kModelUnit),
               0.4 * whole, 0));
  s.apply(took(at(begin + 0.9 * whole, "unit_done", cell, "probe"), 0.5 * whole,
               0));
  s.apply(took(at(end, "unit_done", cell, "task"), 0.1 * whole, 0));
  s.apply(status(at(end, "cell_finished", cell), "ok"));
}

}  // namespace lethe
