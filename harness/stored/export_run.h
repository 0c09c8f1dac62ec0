// A run as the files of other harnesses: a folder a row of the run.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "harness/stored/stored_run.h"
#include "results/redactor.h"

namespace lethe {

struct ExportOptions {
  std::string out;
  const Redactor* redactor = nullptr;  // null: texts are written as they are
  // Splits under other names, e.g. {"forget_qa": "forget"}: open-unlearning
  // knows forget, retain, real_authors and world_facts.
  std::map<std::string, std::string> splits;
  std::string name = "TOFU";  // of NAME_EVAL.json and NAME_SUMMARY.json

  // As it is written.
  Record shown(const Record& record) const {
    return redactor == nullptr ? record : redactor->record(record);
  }
  std::string shown(const std::string& text) const {
    return redactor == nullptr ? text : redactor->text(text);
  }
};

struct ExportedRow {
  std::string row;     // "npo (seed 0)"
  std::string folder;  // below --out
  std::vector<std::string> files;
  int64_t metrics = 0;
  std::vector<std::string> left_out;  // what the format has no place for
};

// open-unlearning's NAME_EVAL.json (metrics with a value for every item) and
// NAME_SUMMARY.json (a number a metric): per split Q_A_Prob, Q_A_PARA_Prob,
// Q_A_PERT_Prob, truth ratio and Q_A_ROUGE where the samples have what they are
// made of, mia_* with both sides, extraction_strength, exact_memorization. The
// summary also has every other record under PROBE.METRIC.FIELD.SPLIT.
// ROUGE is open-unlearning's: with stems. Throws: usage error when `out` is
// not empty; input error for damaged samples; "nothing" when no row has any.
std::vector<ExportedRow> export_open_unlearning(const StoredRun& run,
                                                const ExportOptions& options);

// lm-eval's results_lethe.json and samples_TASK_lethe.jsonl of the row's tasks.
// The standard error of a mean is sd / sqrt(n) as there; of others "N/A".
// Throws: as above.
std::vector<ExportedRow> export_lm_eval(const StoredRun& run,
                                        const ExportOptions& options);

// A row of a run: one cell.
struct RunRow {
  std::string name;                    // "npo (seed 0) + quantise"
  std::string folder;                  // a plain name, unique
  std::vector<const Record*> records;  // with a metric
};
// `redactor`: of the names; null: as they are.
std::vector<RunRow> rows_of(const StoredRun& run, const Redactor* redactor);

// A file name that no shell and no path trips over.
std::string plain_name(const std::string& text);

// Creates DIR. Throws: usage error unless it is new or empty.
void make_empty_folder(const std::string& path);

}  // namespace lethe
