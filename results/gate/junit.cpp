#include <fmt/core.h>

#include <map>

#include "results/escape.h"
#include "results/gate/writers.h"

namespace lethe {
namespace {

std::string property(const std::string& name, const std::string& value) {
  return fmt::format("      <property name=\"{}\" value=\"{}\"/>\n", name,
                     xml_escape(value));
}

std::string facts(const GateCheck& check) {
  return fmt::format("value {}, interval {}, bound {}, n {}",
                     gate_value(check, check.value.value),
                     check.value.has_interval() ? gate_interval(check) : "none",
                     bound_text(check.bound), check.value.n);
}

// Readers tell cases apart by class and name, so names are made unique.
class Names {
 public:
  std::string unique(const std::string& name) {
    const int times = ++used_[name];
    return times == 1 ? name : name + fmt::format(" #{}", times);
  }

 private:
  std::map<std::string, int> used_;
};

std::string test_case(const GateReport& report, const GateCheck& check,
                      Names& names) {
  const std::string rule = report.rule_name(check);
  const std::string subject =
      gate_subject(check) + " " + bound_text(check.bound);
  const std::string name =
      names.unique(rule == subject ? rule : rule + ": " + subject);
  std::string text =
      fmt::format("    <testcase classname=\"gate.{}\" name=\"{}\" time=\"0\"",
                  xml_escape(report.gates[check.gate].name), xml_escape(name));
  if (check.verdict == Verdict::pass) return text + "/>\n";
  const char* tag = check.verdict == Verdict::fail ? "failure" : "error";
  return text + fmt::format(
                    ">\n      <{} message=\"{}\" type=\"{}\">{}</{}>\n"
                    "    </testcase>\n",
                    tag, xml_escape(check.reason), verdict_text(check.verdict),
                    xml_escape(check.reason + " (" + facts(check) + ")"), tag);
}

std::string test_suite(const GateReport& report, size_t gate,
                       const std::string& time) {
  const Gate& g = report.gates[gate];
  size_t tests = 0, failures = 0, errors = 0;
  std::string cases;
  Names names;
  for (const GateCheck& check : report.checks) {
    if (check.gate != gate) continue;
    ++tests;
    if (check.verdict == Verdict::fail) ++failures;
    if (check.verdict == Verdict::undecidable) ++errors;
    cases += test_case(report, check, names);
  }
  return fmt::format(
             "  <testsuite name=\"{0}\" id=\"{1}\" package=\"gate\" "
             "hostname=\"localhost\" timestamp=\"{2}\" tests=\"{3}\" "
             "failures=\"{4}\" errors=\"{5}\" skipped=\"0\" time=\"0\">\n"
             "    <properties>\n",
             xml_escape(g.name), gate, xml_escape(time), tests, failures,
             errors) +
         property("run", report.run) + property("baseline", report.baseline) +
         property("rules", g.source) +
         property("version", std::to_string(g.version)) +
         property("verdict", verdict_text(report.verdict())) +
         property("exit_code", std::to_string(report.exit_code())) +
         "    </properties>\n" + cases + "    <system-out>" +
         xml_escape(gate_summary(report)) +
         "</system-out>\n    <system-err></system-err>\n  </testsuite>\n";
}

}  // namespace

std::string gate_junit(const GateReport& report, const std::string& time) {
  std::string text =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n";
  for (size_t g = 0; g < report.gates.size(); ++g) {
    text += test_suite(report, g, time);
  }
  return text + "</testsuites>\n";
}

}  // namespace lethe
