// The report of a run: one page that opens with the verdict and shows where it
// comes from.
//
// Status, gates, best rows and flags; every value with its interval; the curves
// of training; ROC; how likely suffixes come out in n samples; ROUGE-L against
// the control; relearning; the worst samples beside the answers before
// unlearning; costs; every setting and hash. Parts that a run has nothing for
// are left out. Nothing is loaded, no script runs; texts of models are escaped.
// Long runs are bounded: each part says what it leaves out.
#pragma once

#include <string>
#include <vector>

#include "harness/base/json.h"
#include "results/chosen.h"
#include "results/svg.h"

namespace lethe {

struct RunReport {
  std::string html;
  std::vector<PlotFile> plots;  // the page's drawings, names unique
};

struct ReportOptions {
  Rows rows = Rows::chosen;
  // The verdict to open with, as gate_json() gives it; null: RUN/gate.json,
  // where it is there.
  Json gate;
};

// Of a finished, running or stopped run. Throws: usage error when the folder is
// no run; input error for damaged files.
RunReport run_report(const std::string& run_folder,
                     const ReportOptions& options = {});

}  // namespace lethe
