// A file of rules that a run must meet (suites/gates/*.json; README.md of
// results/ shows every key).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/base/json.h"

namespace lethe {

enum class BoundKind {
  max,       // value <= threshold
  min,       // value >= threshold
  max_drop,  // what it is compared with, minus the value <= threshold
  max_rise   // the value minus what it is compared with <= threshold
};
const char* bound_key(BoundKind kind);  // as in the file

struct Bound {
  BoundKind kind = BoundKind::max;
  double threshold = 0;
};

// "<= 0.1", ">= 0.9", "drop <= 0.02", "rise <= 0.05".
std::string bound_text(const Bound& bound);

struct GateRule {
  std::string name;                  // empty: the measure is name enough
  std::vector<std::string> rows;     // patterns of rows of the table
  std::vector<std::string> methods;  // patterns of their methods
  std::vector<std::string> metrics;  // patterns of measures, or one run.*
  std::vector<Bound> bounds;         // at least one
  std::string versus;   // of drop and rise: "baseline", or a row of this run
  bool point = false;   // decided by the value; else by the whole interval
  bool paired = false;  // differences of the same items
  std::string correct;  // "holm", "bh" or empty, over the matches of the rule
  int64_t min_n = 0;    // items below which nothing is decided
  double coverage = 1;  // least share of the expected items
  bool missing_fails = false;  // a missing value fails, else undecidable

  // What holds for a run as a whole: run.coverage, run.failed_cells, ...
  bool about_run() const;
};

struct Gate {
  std::string name;
  int64_t version = 1;
  std::string description;
  double level = 0.95;  // confidence of intervals and corrections
  std::vector<GateRule> rules;
  std::string source;  // the file that it stands in
  Json json;           // as read
};

// The measures of a run as a whole, exact numbers without an interval.
const std::vector<std::string>& run_measures();

// Throws: usage error with near names for unknown keys, names and values.
Gate gate_from_json(const Json& json, const std::string& where);

// The gate in a file, or of that name in suites/gates beside the program.
// Throws: usage error when there is none, or when it is wrong.
Gate read_gate(const std::string& file_or_name);

// Those of a suite's "gates": each a gate, or the path (from `folder`, that of
// the suite's file `where`) or name of one. Throws: usage error as above.
std::vector<Gate> gates_from_list(const Json& list, const std::string& folder,
                                  const std::string& where);

}  // namespace lethe
