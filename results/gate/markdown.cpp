#include <fmt/core.h>

#include "results/escape.h"
#include "results/gate/writers.h"

namespace lethe {
namespace {

constexpr const char* kHead =
    "| verdict | rule | value | interval | bound | n | why |\n"
    "|---|---|--:|---|---|--:|---|\n";

std::string row(const GateReport& report, const GateCheck& check) {
  const std::string name = report.rule_name(check);
  const std::string subject = gate_subject(check);
  std::string cell = markdown_cell(name);
  if (subject != name) cell += "<br>" + markdown_cell(subject);
  const std::string verdict = verdict_text(check.verdict);
  return fmt::format(
      "| {} | {} | {} | {} | {} | {} | {} |\n",
      check.verdict == Verdict::pass ? verdict : "**" + verdict + "**", cell,
      markdown_cell(gate_value(check, check.value.value)),
      markdown_cell(gate_interval(check)),
      markdown_cell(bound_text(check.bound)), check.value.n,
      markdown_cell(check.reason));
}

std::string rows(const GateReport& report, bool passing) {
  std::string text;
  for (const GateCheck& check : report.checks) {
    if ((check.verdict == Verdict::pass) == passing) {
      text += row(report, check);
    }
  }
  return text.empty() ? "" : kHead + text;
}

}  // namespace

std::string gate_markdown(const GateReport& report) {
  std::string names;
  for (const Gate& gate : report.gates) {
    names += (names.empty() ? "" : ", ") +
             fmt::format("{} {}", markdown_cell(gate.name), gate.version);
  }
  std::string text = fmt::format(
      "### Gate {}: {}\n\n{}\n\nRun {} ({}){}\n", names,
      verdict_text(report.verdict()), gate_summary(report),
      markdown_cell(report.run), markdown_cell(report.provenance),
      report.baseline.empty() ? ""
                              : ", baseline " + markdown_cell(report.baseline));
  const std::string open = rows(report, false);
  if (!open.empty()) text += "\n" + open;
  const std::string passing = rows(report, true);
  if (!passing.empty()) {
    text += fmt::format(
        "\n<details{}><summary>{} checks pass</summary>\n\n{}\n</details>\n",
        open.empty() ? " open" : "", report.count(Verdict::pass), passing);
  }
  for (const std::string& remark : report.remarks) {
    text += "\n" + markdown_cell(remark) + "\n";
  }
  return text;
}

}  // namespace lethe
