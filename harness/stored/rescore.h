// New metrics on the samples that a run kept: no model is asked again.
#pragma once

#include <string>
#include <vector>

#include "harness/stored/stored_run.h"

namespace lethe {

struct RescoreOptions {
  std::vector<std::string> metrics;  // names
  Json set = Json::object();         // options of each of them
  // A folder for a copy of the run with the values added; empty: added to the
  // run itself.
  std::string out;
};

// A metric that had no value of a pass, and why.
struct NotScored {
  std::string pass, metric, reason;
};

struct Rescored {
  std::vector<Record> added;
  int64_t there_already = 0;  // values that the run has, and they are equal
  std::vector<NotScored> skipped;
};

// Measures every pass of the run with every metric. The records are those of
// the pass (cell, model, probe, hashes) with versions["rescored"]: the program
// that measured; they have no wanted direction. The samples get the metric's
// fields of every item, under item_columns() of samples_name.h.
//
// A metric, or a field of it, is skipped where the samples lack what it reads
// (texts of a probe that only scores, single tokens' log-probs, verdicts of a
// judge, hidden states of a text model, a reference).
//
// Throws: usage error for an unknown metric or option (with near names), an
// option that names a file, a run that is still going, and an `out` that is not
// empty; input error when the run has a value of the same metric that differs;
// the error "nothing" (exit 5) when no pass has what any of the metrics reads.
// WriteError leaves the run as it was but for fields of samples.
Rescored rescore(const std::string& run, const RescoreOptions& options);

}  // namespace lethe
