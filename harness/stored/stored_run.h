// A finished run as it lies on the disk: records, and the samples behind them.
#pragma once

#include <string>
#include <vector>

#include "harness/base/observation.h"
#include "harness/base/record.h"
#include "harness/data/rows.h"

namespace lethe {

struct StoredRun {
  std::string folder;
  Json description = Json::object();  // run.json; empty without one
  std::vector<Record> records;        // finished, or those of the journal
};

// Throws: usage error when the folder is no run; input error when a file of it
// is damaged.
StoredRun read_run(const std::string& folder);

// What one probe saw of one model, as the run keeps it.
struct Pass {
  Record common;                // a record of it, without metric and value
  std::vector<size_t> records;  // its records' places in StoredRun::records
  std::string samples;          // file; empty: the run has none
  // The samples of the suite's reference model, with the same probe, seed and
  // transforms; empty: there are none.
  std::string reference_samples;

  // "npo (seed 0) + quantise: greedy_extraction on forget".
  std::string name() const;
};

// The probes' passes in order of appearance; tasks are none.
std::vector<Pass> passes_of(const StoredRun& run);

// A pass's samples: rows as stored, and as what metrics read; none of a probe
// that could use no item. A text's token log-probs are not stored one by one:
// each is their mean, the last has what is left of the sum, so that sums and
// means over a text are right and nothing else is.
struct Samples {
  std::vector<DataRow> rows;
  Observations observations;
  bool redacted = false;  // texts and token ids are absent
  bool sums = false;      // texts have such log-probs
  int64_t tokens = 0;     // that they were made for
};

// Throws: input error with file and line for a row that is damaged, or whose
// texts are longer than any model reads (4 million tokens a text, 100 million
// together).
Samples read_pass_samples(const std::string& file);

}  // namespace lethe
