// A run that is going, as a few lines of text.
//
// Pure functions of the state: the same view is drawn by the run itself and by
// `lethe watch`. Labels and messages are untrusted: everything passes through
// printable(), and no line is wider than asked.
#pragma once

#include <string>
#include <vector>

#include "results/run_state.h"

namespace lethe {

struct ViewOptions {
  size_t width = 79;   // columns that a line takes at most
  size_t height = 12;  // lines at most, at least 3
  bool colour = false;
  std::string run = "";  // the folder's name as the user gave it
  bool whole = false;    // long texts go on in further lines, none is cut
  bool watch = false;    // from outside: with the command of the partial table
};

// `options` for the terminal on stderr as it is now: its size and colours.
ViewOptions fitted(ViewOptions options);

// The view for a terminal:
//
//   quickstart in runs/q: 6 of 14 cells done, 1 failed, 1 running, 6 left
//   [######x>......]
//     time    2 min 05 s, about 5 min 20 s left
//     cell    npo + quantise (seed 0): 3 of 10 probes and tasks done
//     now     loss_mia on forget: scoring 45 %, 12.0 k of 26.6 k tokens
//     cost    4 min 12 s of work, 1.2 M tokens, 1.3 GB at most
//     failed  gradient_ascent (seed 0): out of memory
//
// A sign a cell, in the order of the plan; where they would take more than
// three lines one sign stands for several, the worst of them. `now_seconds` is
// the clock, seconds since 1970.
std::vector<std::string> run_lines(const RunState& state, double now_seconds,
                                   const ViewOptions& options);

// One plain line that says the same in short, for logs.
std::string run_line(const RunState& state, double now_seconds);

// The line of a cell that ended, for logs: "2 of 14 cells: npo (seed 0): done
// in 34 s; about 5 min left".
std::string cell_line(const RunState& state, double now_seconds);

// When a log gets a line: at each cell that ends, else once a minute.
class PlainLines {
 public:
  // The line that is due; empty: none.
  std::string due(const RunState& state, double now_seconds);

 private:
  double told_ = 0;
  int64_t ended_ = 0;
};

// "running", "complete", "failed", "stopped" or "unknown".
std::string status_name(RunStatus status);

// For programs: {"status", "suite", "cells": {"total", "done", ..}, "now",
// "seconds", "seconds_left", ..}; what is unknown is null.
OrderedJson run_json(const RunState& state, double now_seconds);

}  // namespace lethe
