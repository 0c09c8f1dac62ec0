// A run folder with known values, for the tests of gates.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "harness/base/files.h"
#include "harness/base/statistics.h"
#include "results/test_records.h"

namespace lethe {

// Writes DIR/records.jsonl and DIR/run.json; removes the folder in the end.
class TestRun {
 public:
  explicit TestRun(const std::string& name)
      : folder_((std::filesystem::temp_directory_path() /
                 ("lethe_gate_" + std::to_string(getpid()) + "_" + name))
                    .string()) {
    make_folder(folder_);
  }
  ~TestRun() { std::filesystem::remove_all(folder_); }
  TestRun(const TestRun&) = delete;
  TestRun& operator=(const TestRun&) = delete;

  const std::string& folder() const { return folder_; }

  void write(const std::vector<Record>& records,
             const std::string& status = "complete") const {
    std::string lines;
    for (const Record& r : records) lines += to_json(r).dump() + "\n";
    write_file_atomically(folder_ + "/records.jsonl", lines);
    write_file_atomically(folder_ + "/run.json",
                          OrderedJson{{"status", status}}.dump());
  }

  // Rows {"id": "0", FIELD: value}, .. of a probe, as the engine writes them.
  void write_items(const Record& of, const std::string& field,
                   const std::vector<double>& values) const {
    std::string lines;
    for (size_t i = 0; i < values.size(); ++i) {
      lines +=
          OrderedJson{{"id", std::to_string(i)}, {field, values[i]}}.dump() +
          "\n";
    }
    make_folder(folder_ + "/samples/" + of.cell);
    write_file_atomically(folder_ + "/samples/" + of.cell + "/" + of.probe +
                              "@" + of.split + ".jsonl",
                          lines);
  }

 private:
  const std::string folder_;
};

inline Record row(const std::string& method, int64_t seed = 0,
                  const Json& transform = Json::array()) {
  Record r = test_record(method, seed);
  r.transform = transform;
  r.cell = method + std::to_string(seed) + (transform.empty() ? "" : "t");
  return r;
}

// `base` with k extracted passages of n: Wilson's interval.
inline Record extracted(Record base, int64_t k, int64_t n) {
  base = extraction(base, 0);
  base.value = static_cast<double>(k) / static_cast<double>(n);
  const Interval interval = wilson(k, n);
  base.ci_low = interval.low;
  base.ci_high = interval.high;
  base.n = base.n_expected = n;
  return base;
}

// `base` with an AUC and its bootstrap interval.
inline Record auc(Record base, const std::string& probe, double value,
                  double low, double high) {
  base.probe = probe;
  base.metric = base.field = "auroc";
  base.split = "forget+holdout";
  base.unit = "fraction";
  base.value = value;
  base.ci_low = low;
  base.ci_high = high;
  base.ci_method = "bootstrap_stratified";
  base.n = base.n_expected = 200;
  return base;
}

// `base` with ROUGE-L's recall of answers to retain questions.
inline Record recall(Record base, double value, double low, double high) {
  base.probe = "greedy_generation";
  base.metric = "rouge_l";
  base.field = "recall";
  base.split = "retain_qa";
  base.unit = "fraction";
  base.data_hash = "d2";
  base.prompt_hash = "p2";
  base.items_hash = "i2";
  base.value = value;
  base.ci_low = low;
  base.ci_high = high;
  base.ci_method = "bootstrap_percentile";
  base.n = base.n_expected = 80;
  return base;
}

}  // namespace lethe
