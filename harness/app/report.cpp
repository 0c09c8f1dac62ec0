// lethe report: the page of a run, and its plots as files.
#include "results/report.h"

#include <cstdio>

#include "harness/app/gate_command.h"
#include "harness/app/light.h"
#include "harness/app/output.h"
#include "harness/app/shown_runs.h"
#include "harness/base/files.h"
#include "results/gate/gate.h"
#include "results/gate/writers.h"

namespace lethe {

namespace {

ReportOptions report_options(const Arguments& arguments,
                             const std::string& run) {
  ReportOptions options;
  if (arguments.has("--all")) options.rows = Rows::all;
  const std::vector<Gate> gates = named_gates(arguments);
  if (!gates.empty()) {
    options.gate =
        gate_json(hold_gates(gates, run, arguments.text("--baseline")));
  } else if (arguments.has("--baseline")) {
    fail_usage("--baseline", "is what rules compare with",
               "name them: --rules FILE|NAME");
  }
  return options;
}

}  // namespace

int report_command(const Arguments& arguments) {
  const std::string& run = arguments.positional().front();
  const ShownRuns runs(arguments);
  if (arguments.has("--redact") && !arguments.has("--html") &&
      !arguments.has("--plots")) {
    fail_usage("--redact", "would replace the run's own page",
               "name another: --html FILE");
  }
  const RunReport report =
      run_report(runs.folders().front(),
                 report_options(arguments, runs.folders().front()));
  OrderedJson written = {{"html", nullptr}, {"plots", OrderedJson::array()}};
  if (arguments.has("--html") || !arguments.has("--plots")) {
    const std::string page = arguments.text("--html", run + "/report.html");
    write_file_atomically(page, report.html);
    written["html"] = page;
  }
  if (arguments.has("--plots")) {
    const std::string folder = arguments.text("--plots");
    make_folder(folder);
    for (const PlotFile& plot : report.plots) {
      const std::string file = path_inside(folder, plot.name);
      write_file_atomically(file, plot.svg);
      written["plots"].push_back(file);
    }
  }
  if (arguments.has("--json")) {
    print_json(written);
    return 0;
  }
  if (!written["html"].is_null()) {
    std::printf("%s\n", written["html"].get<std::string>().c_str());
  }
  for (const OrderedJson& file : written["plots"]) {
    std::printf("%s\n", file.get<std::string>().c_str());
  }
  return 0;
}

}  // namespace lethe
