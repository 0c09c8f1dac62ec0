#include "results/gate/gate.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "results/gate/candidates.h"
#include "results/gate/decide.h"
#include "results/headline.h"

namespace lethe {
namespace {

const std::string kFailedCells = "run.failed_cells";

GateCheck run_check(const GatedRun& run, const std::string& name) {
  const RunMeasure measure = run.run_measure(name);
  GateCheck check;
  check.metric = check.title = name;
  check.value.value = measure.value;
  check.value.n = measure.n;
  check.unit = name == "run.coverage" ? "fraction" : "count";
  if (!std::isfinite(measure.value)) check.reason = measure.reason;
  return check;
}

std::vector<GateCheck> run_checks(const GateRule& rule, const GatedRun& run) {
  std::vector<GateCheck> checks;
  for (const std::string& name : rule.metrics) {
    for (const Bound& bound : rule.bounds) {
      GateCheck check = run_check(run, name);
      check.bound = bound;
      if (!check.reason.empty() && rule.missing_fails) {
        check.verdict = Verdict::fail;
      }
      decide_exact(check);
      const std::string source = run.run_measure(name).reason;
      if (check.verdict == Verdict::fail && !source.empty() &&
          std::isfinite(check.value.value)) {
        check.reason += "; " + source;
      }
      checks.push_back(std::move(check));
    }
  }
  return checks;
}

bool bounds_failed_cells(const Gate& gate) {
  return std::any_of(
      gate.rules.begin(), gate.rules.end(), [](const GateRule& rule) {
        return std::find(rule.metrics.begin(), rule.metrics.end(),
                         kFailedCells) != rule.metrics.end();
      });
}

// What every gate wants though no rule says so.
std::vector<GateCheck> unasked_checks(const Gate& gate, const GatedRun& run) {
  std::vector<GateCheck> checks;
  if (!run.unfinished().empty()) {
    GateCheck check;
    check.metric = check.title = "run.finished";
    check.bound = {BoundKind::min, 1};
    check.value.value = 0;
    check.reason = run.unfinished();
    checks.push_back(check);
  }
  GateCheck failed = run_check(run, kFailedCells);
  if (failed.value.value > 0 && !bounds_failed_cells(gate)) {
    failed.bound = {BoundKind::max, 0};
    failed.reason =
        "what a failed cell would have shown is not known: run it again, or "
        "bound run.failed_cells";
    checks.push_back(failed);
  }
  for (GateCheck& check : checks) check.rule = gate.rules.size();
  return checks;
}

std::vector<GateCheck> hold_rule(const Gate& gate, const GateRule& rule,
                                 const GateSubject& subject) {
  if (rule.about_run()) return run_checks(rule, subject.run);
  std::vector<GateCheck> checks = candidates(rule, subject);
  decide(rule, gate.level, checks);
  return checks;
}

void add(GateReport& report, std::vector<GateCheck> checks, size_t gate) {
  for (GateCheck& check : checks) {
    check.gate = gate;
    report.checks.push_back(std::move(check));
  }
}

}  // namespace

const char* verdict_text(Verdict verdict) {
  switch (verdict) {
    case Verdict::pass:
      return "pass";
    case Verdict::undecidable:
      return "undecidable";
    case Verdict::fail:
      return "fail";
  }
  return "";
}

// A report without a check has decided nothing.
Verdict GateReport::verdict() const {
  if (checks.empty()) return Verdict::undecidable;
  Verdict worst = Verdict::pass;
  for (const GateCheck& check : checks) worst = std::max(worst, check.verdict);
  return worst;
}

int GateReport::exit_code() const {
  switch (verdict()) {
    case Verdict::pass:
      return 0;
    case Verdict::undecidable:
      return 11;
    case Verdict::fail:
      return 10;
  }
  return 11;
}

size_t GateReport::count(Verdict verdict) const {
  return static_cast<size_t>(std::count_if(
      checks.begin(), checks.end(),
      [&](const GateCheck& check) { return check.verdict == verdict; }));
}

std::string GateReport::rule_name(const GateCheck& check) const {
  const std::vector<GateRule>& rules = gates[check.gate].rules;
  if (check.rule < rules.size() && !rules[check.rule].name.empty()) {
    return rules[check.rule].name;
  }
  if (check.rule >= rules.size()) return check.title;
  std::string name;
  for (const std::string& metric : rules[check.rule].metrics) {
    name += (name.empty() ? "" : ", ") + metric;
  }
  for (const Bound& bound : rules[check.rule].bounds) {
    name += " " + bound_text(bound);
  }
  const std::string& versus = rules[check.rule].versus;
  return versus.empty() ? name : name + " vs " + versus;
}

GateReport hold_gates(const std::vector<Gate>& gates, const std::string& run,
                      const std::string& baseline) {
  if (gates.empty()) {
    fail_usage(run, "no rules to hold it against",
               "name a file of rules with --rules, see lethe list gates");
  }
  const GatedRun gated(run);
  std::unique_ptr<GatedRun> compared;
  if (!baseline.empty()) compared = std::make_unique<GatedRun>(baseline);
  GateReport report;
  report.run = run;
  report.baseline = baseline;
  report.gates = gates;
  report.provenance = provenance(gated.table());
  report.remarks = gated.remarks();
  const GateSubject subject{gated, compared.get()};
  for (size_t g = 0; g < gates.size(); ++g) {
    for (size_t r = 0; r < gates[g].rules.size(); ++r) {
      std::vector<GateCheck> checks =
          hold_rule(gates[g], gates[g].rules[r], subject);
      for (GateCheck& check : checks) check.rule = r;
      add(report, std::move(checks), g);
    }
    add(report, unasked_checks(gates[g], gated), g);
  }
  return report;
}

}  // namespace lethe
