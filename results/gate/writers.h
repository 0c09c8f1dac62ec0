// A gate's report for people, for CI and for programs: the same verdicts in
// every format. Labels and messages come from runs and are escaped.
#pragma once

#include <string>

#include "results/gate/gate.h"

namespace lethe {

// For a terminal: a line a check under the name of its rule, the reason below
// it, and the verdict last.
std::string gate_terminal(const GateReport& report);

// For a page or a step summary of GitHub: the verdict, what does not pass with
// its reason, then what passes.
std::string gate_markdown(const GateReport& report);

// {"verdict", "exit_code", "run", .., "rules": [{"rule", "metric", "value",
// "ci95", "threshold", "n", "verdict", "reason", ..}]}: a rule a check.
OrderedJson gate_json(const GateReport& report);

// JUnit: a test suite a gate, a test case a check; undecidable ones are errors.
// `time` is ISO 8601 without a zone ("2026-01-31T12:00:00"). What Jenkins'
// schema, the one of Ant's junitreport, GitLab and GitHub's actions read.
std::string gate_junit(const GateReport& report, const std::string& time);

// SARIF 2.1.0: a rule a rule, a result a check that does not pass, at the file
// of the rules; all checks stand in the run's properties.
std::string gate_sarif(const GateReport& report);

// How a value, a bound and an interval read: "0.020", "drop <= 0.02".
std::string gate_value(const GateCheck& check, double value);
std::string gate_interval(const GateCheck& check);
// "npo: greedy_extraction.exact_match.forget", or the measure alone.
std::string gate_subject(const GateCheck& check);
// "FAIL: 1 of 9 checks broken, 2 undecidable (exit code 10)".
std::string gate_summary(const GateReport& report);

}  // namespace lethe
