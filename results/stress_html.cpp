#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "harness/base/log.h"
#include "results/escape.h"
#include "results/html_page.h"
#include "results/html_table.h"
#include "results/stress.h"

namespace lethe {
namespace {

constexpr size_t kMostShown = 200;
constexpr size_t kExcerpt = 400;

std::string excerpt(const std::string& text) {
  return html_escape(printable(text, kExcerpt));
}

std::string number(double value, const char* form) {
  if (std::isnan(value)) return "<span class=\"missing\">-</span>";
  return fmt::format(fmt::runtime(form), value);
}

std::string tests_table(const StressReport& report,
                        const std::vector<StressTest>& tests,
                        const std::string& caption) {
  std::vector<std::vector<std::string>> rows;
  for (const StressTest& test : tests) {
    std::string value = number(test.value.value, "{:.3f}");
    if (std::isfinite(test.value.ci95.low)) {
      value += fmt::format("<span class=\"interval\">{:.3f} to {:.3f}</span>",
                           test.value.ci95.low, test.value.ci95.high);
    }
    const std::string adjusted = number(test.adjusted, "{:.2g}");
    rows.push_back(
        {html_escape(test.probe), html_escape(test.measure), value,
         std::to_string(test.value.n), html_escape(test.test),
         number(test.p, "{:.2g}"),
         report.significant(test) ? "<b>" + adjusted + "</b>" : adjusted});
  }
  return html_table({caption,
                     {"probe", "measure", "value", "n", "test", "p", "p, Holm"},
                     rows});
}

std::string tests_section(const StressReport& report) {
  std::string text =
      "<h2>Tests</h2>\n" +
      tests_table(report, report.tests,
                  "every probe that could be tested, the worst first");
  if (!report.blind.empty()) {
    text += tests_table(report, report.blind,
                        "baselines that do not ask the model: what the rows "
                        "alone give away");
  }
  return text;
}

std::string roc_section(const StressReport& report) {
  if (report.curves.empty()) return "";
  return "<h2>ROC</h2>\n" + roc_figure({report.label, report.curves}, 1);
}

std::string leaked_section(const StressReport& report) {
  std::string text = fmt::format(
      "<h2>Leaked examples</h2>\n<p>{} of {} rows were reproduced "
      "token for token by some probe; {} known non-members were "
      "as well.</p>\n",
      report.leaked.size(), report.rows, report.reproduced_others);
  if (report.leaked.empty()) return text;
  const size_t shown = std::min(kMostShown, report.leaked.size());
  text += "<ul class=\"notes\">\n";
  for (size_t i = 0; i < shown; ++i) {
    const LeakedExample& one = report.leaked[i];
    text += "<li><b>" + excerpt(one.id) + "</b> <span class=\"quiet\">" +
            excerpt(fmt::format("{}", fmt::join(one.probes, ", "))) +
            "</span><br>" + excerpt(one.prompt) + " <b>" + excerpt(one.output) +
            "</b></li>\n";
  }
  text += "</ul>\n";
  if (shown < report.leaked.size()) {
    text += fmt::format("<p>and {} more, in stress.json</p>\n",
                        report.leaked.size() - shown);
  }
  return text;
}

std::string skipped_section(const StressReport& report) {
  if (report.skipped.empty()) return "";
  std::string text = "<h2>Not asked</h2>\n<dl>\n";
  for (const SkippedProbe& probe : report.skipped) {
    text += "<dt>" + html_escape(probe.probe) + "</dt><dd>" +
            (probe.failed ? "failed: " : "") + html_escape(probe.reason) +
            "</dd>\n";
  }
  return text + "</dl>\n";
}

std::string cost_section(const StressReport& report) {
  std::vector<std::vector<std::string>> rows;
  for (const ProbeCost& cost : report.costs) {
    rows.push_back({html_escape(cost.probe), human_seconds(cost.seconds),
                    std::to_string(cost.tokens)});
  }
  rows.push_back({"together", human_seconds(report.seconds),
                  std::to_string(report.tokens)});
  std::string peak =
      human_bytes(static_cast<double>(report.peak_bytes)) + " of memory";
  if (report.device_peak_bytes > 0) {
    peak += ", " + human_bytes(static_cast<double>(report.device_peak_bytes)) +
            " of the device's";
  }
  return "<h2>Cost</h2>\n" +
         html_table({"peak: " + peak, {"probe", "time", "tokens"}, rows});
}

}  // namespace

std::string stress_html(const StressReport& report) {
  return html_page(
      "Stress report of " + report.label,
      "<h1>Stress report of " + html_escape(report.label) + "</h1>\n<p>" +
          html_escape(printable(stress_verdict(report), 1000)) +
          "</p>\n<p class=\"quiet\">Tests are one-sided: AUC above 0.5 by "
          "Mann-Whitney; texts of members reproduced more often than those of "
          "non-members by Fisher's exact test; without labels, more than " +
          fmt::format("{:g}", 100 * report.options.null_rate) +
          " % of the texts by the binomial test. A probe that shows nothing "
          "may have been too weak.</p>\n" +
          tests_section(report) + roc_section(report) + leaked_section(report) +
          skipped_section(report) + cost_section(report));
}

}  // namespace lethe
