#include "results/gate/rules.h"

#include <cmath>
#include <filesystem>

#include "harness/base/files.h"
#include "harness/base/keys.h"
#include "harness/base/shipped.h"

namespace lethe {
namespace {

constexpr size_t kMaxBytes = 1u << 20;
constexpr double kLeast = 0.5, kMost = 1;  // of a level, both excluded

// nlohmann takes true for 1.
bool read_number(Keys& keys, const std::string& key, double& value) {
  const Json* found = keys.raw(key);
  if (found == nullptr) return false;
  if (!found->is_number() || !std::isfinite(found->get<double>())) {
    fail_usage(keys.where(key), "is " + found->dump().substr(0, 60),
               "give a number");
  }
  value = found->get<double>();
  return true;
}

void read_patterns(Keys& keys, const std::string& key,
                   std::vector<std::string>& patterns) {
  keys.names(key, patterns);
  for (const std::string& pattern : patterns) {
    if (!pattern.empty() && pattern != "!") continue;
    fail_usage(keys.where(key), "holds an empty pattern",
               "name what it chooses, or write *");
  }
}

void read_bounds(Keys& keys, GateRule& rule, const std::string& where) {
  for (const BoundKind kind : {BoundKind::max, BoundKind::min,
                               BoundKind::max_drop, BoundKind::max_rise}) {
    Bound bound{kind, 0};
    if (read_number(keys, bound_key(kind), bound.threshold)) {
      rule.bounds.push_back(bound);
    }
  }
  if (rule.bounds.empty()) {
    fail_usage(where, "has no bound", "add max, min, max_drop or max_rise");
  }
  bool relative = false, absolute = false;
  for (const Bound& bound : rule.bounds) {
    const bool drop =
        bound.kind == BoundKind::max_drop || bound.kind == BoundKind::max_rise;
    (drop ? relative : absolute) = true;
  }
  if (relative && absolute) {
    fail_usage(where, "bounds both a value and its change",
               "write a rule for each");
  }
  keys.get("vs", rule.versus);
  if (relative && rule.versus.empty()) {
    fail_usage(where, "bounds a change without \"vs\"",
               "add \"vs\": \"baseline\", or the name of a row (\"retrain\")");
  }
  if (absolute && !rule.versus.empty()) {
    fail_usage(where + ".vs", "stands beside max or min, which are numbers",
               "bound the change: max_drop or max_rise");
  }
}

void read_decision(Keys& keys, GateRule& rule, const std::string& where) {
  std::string ci = "bound", test = "unpaired";
  keys.get("ci", ci);
  one_of(ci, {"bound", "point"}, where + ".ci");
  rule.point = ci == "point";
  keys.get("test", test);
  one_of(test, {"unpaired", "paired"}, where + ".test");
  rule.paired = test == "paired";
  keys.get("correct", rule.correct);
  if (!rule.correct.empty()) {
    one_of(rule.correct, {"holm", "bh"}, where + ".correct");
  }
  if (rule.paired && rule.versus.empty()) {
    fail_usage(where + ".test", "is paired, but the rule compares nothing",
               "bound a change (max_drop, max_rise), or leave it out");
  }
  if (rule.point && (rule.paired || !rule.correct.empty())) {
    fail_usage(where + ".ci",
               "is point, which takes no notice of \"test\" and \"correct\"",
               "leave those out, or write \"ci\": \"bound\"");
  }
  keys.get("min_n", rule.min_n);
  if (read_number(keys, "coverage", rule.coverage) &&
      (rule.coverage < 0 || rule.coverage > 1)) {
    fail_usage(where + ".coverage", fmt::format("is {}", rule.coverage),
               "give a share from 0 to 1");
  }
}

void read_missing(Keys& keys, bool& fails) {
  std::string on_missing = fails ? "fail" : "undecidable";
  keys.get("on_missing", on_missing);
  one_of(on_missing, {"fail", "undecidable"}, keys.where("on_missing"));
  fails = on_missing == "fail";
}

// A rule about the run decides an exact number: nothing else has a meaning.
void check_run_rule(const Json& json, const GateRule& rule,
                    const std::string& where) {
  for (const std::string& metric : rule.metrics) {
    if (metric.rfind("run.", 0) != 0) {
      fail_usage(where + ".metric", "mixes " + metric + " with run.*",
                 "write a rule for each");
    }
    one_of(metric, run_measures(), where + ".metric");
  }
  for (const char* key : {"row", "method", "max_drop", "max_rise", "vs", "ci",
                          "test", "correct", "min_n", "coverage"}) {
    if (!json.contains(key)) continue;
    fail_usage(where,
               fmt::format("has \"{}\", but {} is one exact number of the run",
                           key, rule.metrics.front()),
               "leave it out");
  }
}

GateRule read_rule(const Json& json, const Gate& gate, bool missing_fails,
                   const std::string& where) {
  GateRule rule;
  rule.missing_fails = missing_fails;
  Keys keys(json, where);
  keys.get("name", rule.name);
  read_patterns(keys, "row", rule.rows);
  read_patterns(keys, "method", rule.methods);
  read_patterns(keys, "metric", rule.metrics);
  read_bounds(keys, rule, where);
  read_decision(keys, rule, where);
  read_missing(keys, rule.missing_fails);
  keys.done();
  if (rule.metrics.empty()) {
    fail_usage(where, "has no \"metric\"",
               "name a measure of gate " + gate.name +
                   ", e.g. greedy_extraction.exact_match");
  }
  if (rule.about_run()) check_run_rule(json, rule, where);
  return rule;
}

std::string gates_folder() { return suites_folder() + "/gates"; }

// Where the gate of that name stands; empty, with the names that there are.
std::string shipped_gate(const std::string& name,
                         std::vector<std::string>& known) {
  for (const std::string& suites : suite_folders()) {
    const std::string folder = suites + "/gates";
    if (!is_folder(folder)) continue;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      if (entry.path().extension() != ".json") continue;
      known.push_back(entry.path().stem().string());
      if (known.back() == name) return entry.path().string();
    }
  }
  return "";
}

// Rules that are wrong are a usage error, their syntax included.
Json parse_rules(const std::string& file) {
  try {
    return parse_json_with_comments(read_file(file, kMaxBytes), file);
  } catch (const Error& error) {
    throw Error(Fault::usage, error.what());
  }
}

Gate gate_of_file(const std::string& file) {
  return gate_from_json(parse_rules(file), file);
}

}  // namespace

const char* bound_key(BoundKind kind) {
  switch (kind) {
    case BoundKind::max:
      return "max";
    case BoundKind::min:
      return "min";
    case BoundKind::max_drop:
      return "max_drop";
    case BoundKind::max_rise:
      return "max_rise";
  }
  return "";
}

std::string bound_text(const Bound& bound) {
  const char* change = bound.kind == BoundKind::max_drop   ? "drop "
                       : bound.kind == BoundKind::max_rise ? "rise "
                                                           : "";
  return fmt::format(
      "{}{} {:.6g}", change,
      bound.kind == BoundKind::min ? ">=" : "<=", bound.threshold);
}

bool GateRule::about_run() const {
  for (const std::string& metric : metrics) {
    if (metric.rfind("run.", 0) == 0) return true;
  }
  return false;
}

const std::vector<std::string>& run_measures() {
  static const std::vector<std::string> kMeasures = {
      "run.coverage",           "run.failed_cells",    "run.skipped",
      "run.skipped_items",      "run.nonfinite_items", "run.truncated_items",
      "run.boundary_mismatches"};
  return kMeasures;
}

Gate gate_from_json(const Json& json, const std::string& where) {
  Gate gate;
  gate.source = where;
  gate.json = json;
  Keys keys(json, where);
  keys.need("gate", gate.name);
  keys.get("version", gate.version);
  keys.get("description", gate.description);
  if (read_number(keys, "level", gate.level) &&
      (gate.level <= kLeast || gate.level >= kMost)) {
    fail_usage(where + ".level", fmt::format("is {}", gate.level),
               "give a confidence between 0.5 and 1, e.g. 0.95");
  }
  bool missing_fails = false;
  read_missing(keys, missing_fails);
  const Json* rules = keys.raw("rules");
  keys.done();
  if (rules == nullptr || !rules->is_array() || rules->empty()) {
    fail_usage(where + ".rules", "is no list of rules",
               "add one: {\"metric\": .., \"max\": ..}");
  }
  for (size_t i = 0; i < rules->size(); ++i) {
    gate.rules.push_back(read_rule((*rules)[i], gate, missing_fails,
                                   fmt::format("{}.rules[{}]", where, i)));
  }
  return gate;
}

Gate read_gate(const std::string& file_or_name) {
  if (exists(file_or_name) && !is_folder(file_or_name)) {
    return gate_of_file(file_or_name);
  }
  std::vector<std::string> known;
  const std::string shipped = shipped_gate(file_or_name, known);
  if (shipped.empty()) {
    fail_usage(file_or_name,
               "no such file, and no gate of that name in " + gates_folder(),
               suggest(file_or_name, known));
  }
  return gate_of_file(shipped);
}

std::vector<Gate> gates_from_list(const Json& list, const std::string& folder,
                                  const std::string& where) {
  if (!list.is_array()) {
    fail_usage(where + ".gates", "is " + list.dump().substr(0, 60),
               "write a list of gates, or of names or paths of them");
  }
  std::vector<Gate> gates;
  for (size_t i = 0; i < list.size(); ++i) {
    const std::string place = fmt::format("{}.gates[{}]", where, i);
    if (list[i].is_string()) {
      const std::string name = list[i].get<std::string>();
      const std::string beside = resolve(folder, name);
      gates.push_back(read_gate(exists(beside) ? beside : name));
    } else {
      gates.push_back(gate_from_json(list[i], place));
      gates.back().source = where;
    }
  }
  return gates;
}

}  // namespace lethe
