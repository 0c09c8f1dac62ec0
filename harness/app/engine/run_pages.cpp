#include "harness/app/engine/run_pages.h"

#include "harness/base/files.h"
#include "results/gate/kept_gates.h"
#include "results/gate/writers.h"
#include "results/leaderboard.h"
#include "results/report.h"

namespace lethe {

void write_plain_pages(const std::string& run_folder) {
  write_file_atomically(run_folder + "/leaderboard.md",
                        leaderboard({run_folder}, "md"));
  write_file_atomically(run_folder + "/report.html",
                        run_report(run_folder).html);
}

GateReport write_run_pages(const std::string& run_folder,
                           const std::vector<Gate>& gates,
                           const std::string& baseline) {
  keep_gates(run_folder, gates);
  GateReport report;
  if (!gates.empty()) {
    report = hold_gates(gates, run_folder, baseline);
    write_file_atomically(run_folder + "/gate.json",
                          gate_json(report).dump(2) + "\n");
  }
  write_plain_pages(run_folder);
  return report;
}

}  // namespace lethe
