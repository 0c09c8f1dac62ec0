#include <cstdio>

#include "harness/app/engine/engine.h"
#include "harness/app/engine/live_view.h"
#include "harness/app/engine/run_pages.h"
#include "harness/base/log.h"
#include "harness/run/suite_gates.h"
#include "results/gate/gate.h"
#include "results/gate/kept_gates.h"
#include "results/gate/writers.h"
#include "results/leaderboard.h"

namespace lethe {
namespace {

OrderedJson to_json(const TrainMemory& m) {
  return {{"weights", m.weights},     {"optimiser", m.optimiser},
          {"gradients", m.gradients}, {"activations", m.activations},
          {"head", m.head},           {"original", m.original},
          {"smoothing", m.smoothing}, {"private_sum", m.private_sum}};
}

void print_plan(const Arguments& arguments,
                const std::vector<PlannedCell>& cells) {
  PlannedCell total;
  OrderedJson json;
  json["cells"] = OrderedJson::array();
  if (!arguments.has("--json")) {
    std::printf("%-28s %-24s %10s %10s %10s\n", "row", "transform", "tokens",
                "memory", "time");
  }
  for (const PlannedCell& cell : cells) {
    total.tokens += cell.tokens;
    total.seconds += cell.seconds;
    total.peak_bytes = std::max(total.peak_bytes, cell.peak_bytes);
    json["cells"].push_back({{"cell", cell.cell},
                             {"label", cell.label},
                             {"transform", cell.transform},
                             {"tokens", cell.tokens},
                             {"peak_bytes", cell.peak_bytes},
                             {"seconds", cell.seconds},
                             {"memory", to_json(cell.memory)}});
    if (arguments.has("--json")) continue;
    std::printf("%-28s %-24s %10s %10s %10s\n", cell.label.c_str(),
                cell.transform.c_str(),
                human_count(double(cell.tokens)).c_str(),
                human_bytes(double(cell.peak_bytes)).c_str(),
                human_seconds(cell.seconds).c_str());
  }
  json["total"] = {{"cells", cells.size()},
                   {"tokens", total.tokens},
                   {"peak_bytes", total.peak_bytes},
                   {"seconds", total.seconds}};
  if (arguments.has("--json")) {
    print_json(json);
    return;
  }
  std::printf("%-28s %-24s %10s %10s %10s\n", "total", "",
              human_count(double(total.tokens)).c_str(),
              human_bytes(double(total.peak_bytes)).c_str(),
              human_seconds(total.seconds).c_str());
}

std::vector<Gate> gates_of(const std::string& suite,
                           const std::vector<std::string>& sets) {
  const SuiteGates given = suite_gates(suite, sets);
  return gates_from_list(given.list, given.folder, given.file);
}

void print_results(const Arguments& arguments, const RunOptions& options,
                   const RunSummary& summary, const GateReport& report) {
  const bool gated = !report.gates.empty();
  if (arguments.has("--json")) {
    OrderedJson json = {
        {"run", options.out},       {"records", summary.records.size()},
        {"units", summary.units},   {"finished", summary.finished},
        {"failed", summary.failed}, {"seconds", summary.seconds}};
    if (gated) json["gate"] = gate_json(report);
    print_json(json);
    return;
  }
  std::fputs(leaderboard({options.out}, "summary").c_str(), stdout);
  if (gated) std::fputs(("\n" + gate_terminal(report)).c_str(), stdout);
}

}  // namespace

int run_command(const Arguments& arguments) {
  std::vector<std::string> sets = arguments.all("--set");
  if (arguments.has("--seed")) {
    sets.push_back("seeds=[" + arguments.text("--seed") + "]");
  }
  const std::string& file = arguments.positional().front();
  const Suite suite = read_suite(file, sets);
  const std::vector<Gate> gates = gates_of(file, sets);
  const std::string baseline = arguments.text("--baseline");
  if (!baseline.empty()) read_records(baseline);  // before the work, not after
  const bool plan = arguments.has("--plan");
  RunOptions options =
      run_options(arguments, plan ? arguments.text("--out", "plan")
                                  : arguments.needed("--out"));
  if (arguments.has("--shard")) {
    options.shard = parse_shard(arguments.text("--shard"));
    if (!baseline.empty()) {
      fail_usage("--baseline", "is for gates, which hold all rows",
                 "give it to merge");
    }
  }
  if (plan) {
    print_plan(arguments, plan_suite(suite, options));
    return 0;
  }
  const RunSummary summary = run_in_view(suite, options);
  const bool whole = options.shard.whole();
  const GateReport report = write_run_pages(
      options.out, whole ? gates : std::vector<Gate>(), baseline);
  if (!whole) keep_gates(options.out, gates);  // merge holds them
  print_results(arguments, options, summary, report);
  std::fflush(stdout);  // before the line below, where both are one file
  log_info(fmt::format("{} of {} probes done in {}; everything is in {}",
                       summary.finished, summary.units,
                       human_seconds(summary.seconds), options.out));
  if (summary.failed > 0) return 1;
  return report.gates.empty() ? 0 : report.exit_code();
}

}  // namespace lethe
