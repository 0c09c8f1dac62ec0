// Results of other harnesses as a run folder, so that leaderboards, gates and
// comparisons read the logs and tables that people have.
#pragma once

#include <string>
#include <vector>

#include "harness/base/record.h"
#include "harness/data/peer_results.h"

namespace lethe {

struct ImportSource {
  std::string file;
  std::string label;       // of its row; empty: the file's folder
  bool reference = false;  // of the model retrained without the data
};

// One file as a row: records, and the rows of the samples behind them by file
// name.
struct ImportedRow {
  std::string label, format, file;
  std::vector<Record> records;
  std::vector<std::pair<std::string, std::vector<Json>>> samples;
};

// Writes run.json, records.jsonl and samples/ to `out`. Records have the values
// as the files have them, `message` "imported from FILE (FORMAT)" and
// versions["imported"]; where the samples give the value, their interval too;
// of lm-eval value +- 1.96 stderr. What has the same meaning has our names
// (peer_names.h); other metrics are those of the probe `imported`. The source
// marked as the reference is the row of the method retrain, with which
// `lethe rescore OUT --metrics forget_quality` compares.
// Beside lm-eval's results_DATE.json its samples_TASK_DATE.jsonl are read.
// Throws: usage error when a file is absent or `out` is not empty, or two rows
// have one label; input error for a file of another format.
std::vector<ImportedRow> import_run(const std::vector<ImportSource>& sources,
                                    const std::string& out);

// What the formats give of a row whose identity is `base`.
void add_open_unlearning(const Json& file, const PeerResults& results,
                         const Record& base, ImportedRow& row);
void add_tofu(const PeerResults& results, const Record& base, ImportedRow& row);
void add_summary(const PeerResults& results, const Record& base,
                 ImportedRow& row);
void add_lm_eval(const PeerResults& results, const Record& base,
                 ImportedRow& row);

}  // namespace lethe
