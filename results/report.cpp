#include "results/report.h"

#include <fmt/core.h>

#include <filesystem>

#include "results/escape.h"
#include "results/headline.h"
#include "results/html_page.h"
#include "results/html_table.h"
#include "results/leaderboard_parts.h"
#include "results/leaderboard_table.h"
#include "results/report_data.h"
#include "results/roc.h"
#include "results/run_json.h"
#include "results/scatter.h"

namespace lethe {
namespace {

constexpr size_t kMostOpenNotes = 20;

struct Part {
  std::string id, title, html;  // safe HTML but for the title
};

std::string name_of(const ReportData& data) {
  return std::filesystem::absolute(data.folder + "/.")
      .lexically_normal()
      .parent_path()
      .filename()
      .string();
}

std::string values_part(const ReportData& data, PlotShelf& shelf) {
  if (data.table.rows.empty()) return "<p>No values yet.</p>\n";
  shelf.keep("scatter", scatter_svg(data.table));
  return board_html(data.table) + scatter_figure(data.table) +
         html_fold("Every value with its interval",
                   groups_html(data.table, 3)) +
         html_fold("What the columns are", html_columns(data.table)) +
         html_fold("Notes", html_notes(data.table),
                   data.table.notes.size() <= kMostOpenNotes);
}

std::vector<Part> parts_of(const ReportData& data, PlotShelf& shelf) {
  const std::vector<Part> all = {
      {"verdict", "Verdict", verdict_part(data)},
      {"values", "Values", values_part(data, shelf)},
      {"curves", "Training", curves_part(data, shelf)},
      {"roc", "Membership, ROC", roc_part(data, shelf)},
      {"chances", "Extraction by sampling", chances_part(data, shelf)},
      {"rouge", "ROUGE-L against the control", rouge_part(data, shelf)},
      {"relearning", "Relearning", relearning_part(data, shelf)},
      {"samples", "Samples", samples_part(data)},
      {"costs", "Costs", costs_part(data)},
      {"settings", "Settings and hashes", settings_part(data)}};
  std::vector<Part> parts;
  for (const Part& part : all) {
    if (!part.html.empty()) parts.push_back(part);
  }
  return parts;
}

std::string page_of(const ReportData& data, const std::vector<Part>& parts) {
  std::string suite = suite_name(data.run);
  if (suite.empty() && !data.table.suites.empty()) {
    suite = data.table.suites.front();
  }
  const std::string title =
      "Report of " + name_of(data) + (suite.empty() ? "" : ": " + suite);
  std::string body = "<header>\n<h1>" + html_name(title) +
                     "</h1>\n<p class=\"quiet\">" +
                     html_escape(provenance(data.table)) + "</p>\n";
  body += "<nav aria-label=\"Parts of the report\"><ul>\n";
  for (const Part& part : parts) {
    body += fmt::format("<li><a href=\"#{}\">{}</a></li>\n", part.id,
                        html_escape(part.title));
  }
  body += "</ul></nav>\n</header>\n<main>\n";
  for (const Part& part : parts) {
    body += fmt::format(
        "<section id=\"{0}\" aria-labelledby=\"{0}-head\">\n"
        "<h2 id=\"{0}-head\">{1}</h2>\n{2}</section>\n",
        part.id, html_escape(part.title), part.html);
  }
  return html_page(title, body + "</main>\n");
}

}  // namespace

std::string roc_part(const ReportData& data, PlotShelf& shelf) {
  std::vector<RunFolder> folders;
  for (const std::string& run : data.table.runs) {
    folders.push_back({run, data.folder});
  }
  const std::vector<RocModel> models = roc_models(data.records, folders);
  for (size_t i = 0; i < models.size(); ++i) {
    shelf.keep(fmt::format("roc-{}-{}", slug(models[i].name), i + 1),
               roc_svg(models[i], i + 1));
  }
  return roc_figures(models);
}

RunReport run_report(const std::string& run_folder,
                     const ReportOptions& options) {
  ReportData data = read_report(run_folder, options.rows);
  if (!options.gate.is_null()) data.gate = options.gate;
  PlotShelf shelf;
  RunReport report;
  report.html = page_of(data, parts_of(data, shelf));
  report.plots = shelf.files();
  return report;
}

}  // namespace lethe
