// Does a run meet its rules? What CI acts on: pass, fail or undecidable, never
// a pass for what is missing, not finite or not measured on every item.
//
// A rule is held against every value that its patterns choose: each row of the
// table (a model under its transforms), measure and seed is a check of its own,
// and so is each of its bounds. A value is what its record says, most often a
// mean over items; seeds are never averaged: every model must hold.
#pragma once

#include <string>
#include <vector>

#include "harness/base/json.h"
#include "results/gate/measured.h"
#include "results/gate/rules.h"

namespace lethe {

enum class Verdict { pass, undecidable, fail };
const char* verdict_text(Verdict verdict);  // "pass", "undecidable", "fail"

// A bound held against one value.
struct GateCheck {
  size_t gate = 0, rule = 0;  // places in the report and in the gate
  std::string row;     // "npo + quantise (seed 1)"; empty: the run as a whole
  std::string metric;  // its key in CSV, or run.*, or the pattern
  std::string title;   // of the metric, as people read it
  std::string unit;
  Bound bound;
  Measured value;                // of a drop or rise the change
  double low = Measured::kNone;  // interval of the gate's level; NaN: none
  double high = Measured::kNone;
  double measured = Measured::kNone;  // of a drop or rise: the value itself,
  double compared_with = Measured::kNone;  // and what it is compared with
  double p = Measured::kNone;            // where the rule corrects: of so much
  double p_corrected = Measured::kNone;  // beyond the bound, and corrected
  Verdict verdict = Verdict::undecidable;
  std::string reason;  // why it does not pass; of a pass mostly empty
};

struct GateReport {
  std::string run, baseline;  // folders; baseline may be empty
  std::string provenance;     // "quickstart; run r1; cpu float32"
  std::vector<Gate> gates;
  std::vector<GateCheck> checks;  // in the order of gates and rules
  std::vector<std::string> remarks;

  Verdict verdict() const;  // fail beats undecidable
  int exit_code() const;    // 0, 10 or 11
  size_t count(Verdict verdict) const;
  // "a name", or the measure and its bound.
  std::string rule_name(const GateCheck& check) const;
};

// Holds every gate against the run. Beside the rules: a run that is not
// finished is undecidable, and so is one with failed cells unless a rule bounds
// run.failed_cells.
// Throws: usage error when a folder is no run or there is no gate; input error
// for damaged records.
GateReport hold_gates(const std::vector<Gate>& gates, const std::string& run,
                      const std::string& baseline);

}  // namespace lethe
