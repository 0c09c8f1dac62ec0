#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "harness/base/log.h"
#include "results/stress.h"
#include "results/text_table.h"
#include "results/text_wrap.h"

namespace lethe {
namespace {

constexpr size_t kMostShown = 10;
constexpr size_t kWidth = 100;

std::string p_text(double p) {
  if (std::isnan(p)) return "-";
  return p < 1e-300 ? "<1e-300" : fmt::format("{:.2g}", p);
}

std::string value_text(const Estimate& value) {
  if (!std::isfinite(value.value)) return "-";
  if (!std::isfinite(value.ci95.low)) return fmt::format("{:.3f}", value.value);
  return fmt::format("{:.3f} [{:.3f}, {:.3f}]", value.value, value.ci95.low,
                     value.ci95.high);
}

std::string tests_table(const StressReport& report,
                        const std::vector<StressTest>& tests,
                        const std::string& corner) {
  TextTable table;
  table.corner = corner;
  table.columns = {{"measure", "", "", ""}, {"value [95 %]", "", "", ""},
                   {"n", "", "", ""},       {"test", "", "", ""},
                   {"p", "", "", ""},       {"p, Holm", "", "", ""}};
  for (const StressTest& test : tests) {
    table.names.push_back(printable(test.probe));
    table.cells.push_back(
        {{test.measure, ""},
         {value_text(test.value), ""},
         {std::to_string(test.value.n), ""},
         {test.test, ""},
         {p_text(test.p), ""},
         {p_text(test.adjusted), report.significant(test) ? "*" : ""}});
  }
  return render_table(table, TextLayout::terminal);
}

std::string leaked_lines(const StressReport& report) {
  std::string text = fmt::format("\nLeaked examples: {} of {}\n",
                                 report.leaked.size(), report.rows);
  const size_t shown = std::min(kMostShown, report.leaked.size());
  for (size_t i = 0; i < shown; ++i) {
    const LeakedExample& one = report.leaked[i];
    text +=
        fmt::format("  {} ({})\n    {} => {}\n", printable(one.id, 60),
                    printable(fmt::format("{}", fmt::join(one.probes, ", "))),
                    printable(one.prompt, 80), printable(one.output, 120));
  }
  if (shown < report.leaked.size()) {
    text += fmt::format("  and {} more, see stress.json\n",
                        report.leaked.size() - shown);
  }
  if (report.reproduced_others > 0) {
    text += fmt::format("  {} known non-members were reproduced as well\n",
                        report.reproduced_others);
  }
  return text;
}

std::string cost_lines(const StressReport& report) {
  std::string text = fmt::format(
      "\nCost: {}, {} tokens, peak memory {}", human_seconds(report.seconds),
      human_count(static_cast<double>(report.tokens)),
      human_bytes(static_cast<double>(report.peak_bytes)));
  if (report.device_peak_bytes > 0) {
    text += ", of the device " +
            human_bytes(static_cast<double>(report.device_peak_bytes));
  }
  text += "\n";
  for (const ProbeCost& cost : report.costs) {
    text += fmt::format("  {}: {}, {} tokens\n", printable(cost.probe),
                        human_seconds(cost.seconds),
                        human_count(static_cast<double>(cost.tokens)));
  }
  return text;
}

OrderedJson number(double value) {
  return std::isfinite(value) ? OrderedJson(value) : OrderedJson();
}

OrderedJson test_json(const StressTest& test, const StressReport& report) {
  OrderedJson json;
  json["probe"] = test.probe;
  json["measure"] = test.measure;
  json["value"] = number(test.value.value);
  json["n"] = test.value.n;
  json["ci95"] =
      std::isfinite(test.value.ci95.low)
          ? OrderedJson::array({test.value.ci95.low, test.value.ci95.high})
          : OrderedJson();
  json["test"] = test.test;
  json["p"] = number(test.p);
  json["p_holm"] = number(test.adjusted);
  json["significant"] = report.significant(test);
  if (!test.value.reason.empty()) json["reason"] = test.value.reason;
  return json;
}

// What a blind probe says about the rows; empty when nothing.
std::string flaw_of(const StressReport& report) {
  for (const StressTest& test : report.blind) {
    if (!(test.adjusted <= report.options.alpha)) continue;
    return fmt::format(
        "the split is flawed: {}, which does not ask the model, has {} {} (p "
        "{}), so membership scores count only where their interval lies above",
        printable(test.probe), test.measure, value_text(test.value),
        p_text(test.p));
  }
  return "";
}

OrderedJson tests_json(const std::vector<StressTest>& tests,
                       const StressReport& report) {
  OrderedJson all = OrderedJson::array();
  for (const StressTest& test : tests) all.push_back(test_json(test, report));
  return all;
}

}  // namespace

std::string stress_verdict(const StressReport& report) {
  const auto tested = std::count_if(
      report.tests.begin(), report.tests.end(), [&](const StressTest& test) {
        return std::isfinite(test.adjusted) && report.evidence(test);
      });
  const std::string flaw = flaw_of(report);
  if (tested == 0) {
    return flaw.empty()
               ? "nothing could be tested: no probe gave scores of labelled "
                 "rows or reproduced texts"
               : "nothing could be tested: " + flaw;
  }
  const StressTest& worst = report.tests.front();
  const std::string family =
      fmt::format("{} of {} tests at alpha {:g} after Holm's correction",
                  report.significant_count(), tested, report.options.alpha);
  const std::string shown = fmt::format(
      "{} of {}: {}, p {} (Holm {})", worst.measure, printable(worst.probe),
      value_text(worst.value), p_text(worst.p), p_text(worst.adjusted));
  return (report.significant(worst)
              ? "leaks: worst case "
              : "no evidence of leaking: the strongest is ") +
         shown + "; " + family + (flaw.empty() ? "" : "; " + flaw);
}

std::string stress_terminal(const StressReport& report) {
  std::string text = "Stress report of " + printable(report.label) + "\n";
  text += hanging("  ", 2, stress_verdict(report), kWidth) + "\n";
  if (!report.tests.empty()) {
    text += tests_table(report, report.tests, "probe") + "  * significant\n";
  }
  if (!report.blind.empty()) {
    text += tests_table(report, report.blind, "baseline");
    text += "  does not ask the model: what the rows alone give away\n";
  }
  text += leaked_lines(report);
  if (!report.skipped.empty()) text += "\nNot asked\n";
  for (const SkippedProbe& probe : report.skipped) {
    text +=
        fmt::format("  {}: {}{}\n", printable(probe.probe),
                    probe.failed ? "failed: " : "", printable(probe.reason));
  }
  return text + cost_lines(report);
}

OrderedJson stress_json(const StressReport& report) {
  OrderedJson json;
  json["verdict"] = stress_verdict(report);
  json["alpha"] = report.options.alpha;
  json["null_rate"] = report.options.null_rate;
  const bool judged =
      !report.tests.empty() && report.evidence(report.tests.front());
  json["worst"] =
      judged ? test_json(report.tests.front(), report) : OrderedJson();
  json["tests"] = tests_json(report.tests, report);
  json["blind"] = tests_json(report.blind, report);
  json["flawed_split"] = report.flawed();
  json["leaked"] = OrderedJson::array();
  for (const LeakedExample& one : report.leaked) {
    json["leaked"].push_back({{"id", one.id},
                              {"probes", one.probes},
                              {"prompt", one.prompt},
                              {"output", one.output}});
  }
  json["rows"] = report.rows;
  json["reproduced_non_members"] = report.reproduced_others;
  json["skipped"] = OrderedJson::array();
  for (const SkippedProbe& probe : report.skipped) {
    json["skipped"].push_back({{"probe", probe.probe},
                               {"status", probe.failed ? "failed" : "skipped"},
                               {"reason", probe.reason}});
  }
  json["cost"] = {{"seconds", report.seconds},
                  {"tokens", report.tokens},
                  {"peak_bytes", report.peak_bytes},
                  {"device_peak_bytes", report.device_peak_bytes}};
  for (const ProbeCost& cost : report.costs) {
    json["cost"]["probes"][cost.probe] = {{"seconds", cost.seconds},
                                          {"tokens", cost.tokens}};
  }
  return json;
}

}  // namespace lethe
