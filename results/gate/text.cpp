#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "results/escape.h"
#include "results/gate/writers.h"
#include "results/text_wrap.h"
#include "results/titles.h"

namespace lethe {
namespace {

constexpr size_t kWidth = 100;
constexpr size_t kNarrowest = 30, kWidest = 60;  // of names
constexpr size_t kVerdict = 11;                  // "undecidable"
constexpr size_t kIndent = 4;                    // of a reason
constexpr size_t kLongest = 2000;

struct Line {
  std::string name, value, interval, bound, n, verdict;
};

Line line_of(const GateCheck& check) {
  return {gate_subject(check),
          gate_value(check, check.value.value),
          gate_interval(check),
          bound_text(check.bound),
          check.value.n > 0 ? std::to_string(check.value.n) : "",
          verdict_text(check.verdict)};
}

std::string trim_end(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line + '\n';
}

// Columns after the name, right-aligned but for the verdict.
struct Widths {
  size_t value = 5, interval = 8, bound = 5, n = 1;

  // What the others leave of the line.
  size_t name() const {
    const size_t others = value + interval + bound + n + kVerdict + 10;
    return std::clamp(kWidth - std::min(others, kWidth), kNarrowest, kWidest);
  }

  void fit(const Line& line) {
    value = std::max(value, display_width(line.value));
    interval = std::max(interval, display_width(line.interval));
    bound = std::max(bound, display_width(line.bound));
    n = std::max(n, line.n.size());
  }

  std::string row(const Line& line, const std::string& indent) const {
    const std::vector<std::string> lines =
        wrap_text(line.name, name() - indent.size());
    std::string text;
    for (size_t i = 0; i + 1 < lines.size(); ++i) {
      text += trim_end(indent + lines[i]);
    }
    text += pad_right(indent + lines.back(), name()) + "  " +
            pad_left(line.value, value) + "  " +
            pad_left(line.interval, interval) + "  " +
            pad_left(line.bound, bound) + "  " + pad_left(line.n, n) + "  " +
            line.verdict;
    return trim_end(text);
  }

  std::string rule() const {
    return std::string(name(), '-') + "  " + std::string(value, '-') + "  " +
           std::string(interval, '-') + "  " + std::string(bound, '-') + "  " +
           std::string(n, '-') + "  " + std::string(kVerdict, '-') + '\n';
  }
};

std::string shown(const std::string& text) { return printable(text, kLongest); }

std::string heading(const GateReport& report, size_t gate) {
  const Gate& g = report.gates[gate];
  std::string text = fmt::format("Gate {} {}: {} ({})", g.name, g.version,
                                 report.run, report.provenance);
  if (!report.baseline.empty()) text += "; baseline " + report.baseline;
  if (g.level != 0.95) text += fmt::format("; level {:.6g}", g.level);
  return hanging("", 0, shown(text), kWidth);
}

std::string note(const std::string& text) {
  return hanging("  -", kIndent, shown(text), kWidth);
}

}  // namespace

std::string gate_value(const GateCheck& check, double value) {
  if (!std::isfinite(value)) return "-";
  if (check.unit == "count") return fmt::format("{:.6g}", value);
  return value_text(value, check.unit);
}

std::string gate_interval(const GateCheck& check) {
  const bool decided = std::isfinite(check.low) && std::isfinite(check.high);
  const double low = decided ? check.low : check.value.low;
  const double high = decided ? check.high : check.value.high;
  if (!std::isfinite(low) || !std::isfinite(high)) return "";
  const double beside = check.value.value;
  return fmt::format("[{}, {}]", value_text_like(low, check.unit, beside),
                     value_text_like(high, check.unit, beside));
}

std::string gate_subject(const GateCheck& check) {
  return check.row.empty() ? check.title : check.row + ": " + check.title;
}

std::string gate_summary(const GateReport& report) {
  const size_t all = report.checks.size();
  const size_t failed = report.count(Verdict::fail);
  const size_t open = report.count(Verdict::undecidable);
  switch (report.verdict()) {
    case Verdict::pass:
      return fmt::format("PASS: all {} checks hold", all);
    case Verdict::undecidable:
      return fmt::format(
          "UNDECIDABLE: {} of {} checks undecidable (exit code 11)", open, all);
    case Verdict::fail:
      return fmt::format(
          "FAIL: {} of {} checks broken{} (exit code 10)", failed, all,
          open == 0 ? "" : fmt::format(", {} undecidable", open));
  }
  return "";
}

std::string gate_terminal(const GateReport& report) {
  Widths widths;
  std::vector<Line> lines;
  for (const GateCheck& check : report.checks) {
    lines.push_back(line_of(check));
    lines.back().name = shown(lines.back().name);
    widths.fit(lines.back());
  }
  std::string text, rule;
  size_t gate = report.gates.size();
  for (size_t i = 0; i < lines.size(); ++i) {
    const GateCheck& check = report.checks[i];
    if (check.gate != gate) {
      gate = check.gate;
      rule.clear();
      text += (text.empty() ? "" : "\n") + heading(report, gate) + "\n" +
              widths.row({"rule", "value", "interval", "bound", "n", "verdict"},
                         "") +
              widths.rule();
    }
    const std::string name = shown(report.rule_name(check));
    if (name != rule) text += hanging("", 0, name, kWidth);
    rule = name;
    text += widths.row(lines[i], "  ");
    if (!check.reason.empty()) {
      text += hanging("", kIndent, shown(check.reason), kWidth);
    }
  }
  text += '\n';
  for (const std::string& remark : report.remarks) text += note(remark);
  return text + gate_summary(report) + '\n';
}

}  // namespace lethe
