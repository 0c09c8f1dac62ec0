// How long tables of many runs take, from the folders to the text.
#include <benchmark/benchmark.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "harness/base/files.h"
#include "results/leaderboard.h"
#include "results/test_records.h"

namespace lethe {
namespace {

// One of `columns` measures of a model, as a row of a table would have them:
// extraction, membership, utility.
Record measure(const Record& model, int column, double level) {
  Record r = extraction(model, 0);
  r.value = level + 0.002 * (column % 7);
  if (column % 3 == 1) {
    r.probe = "method_" + std::to_string(column) + "_mia";
    r.metric = r.field = "auroc";
    r.split = "forget,holdout";
    r.want = "near";
  } else if (column % 3 == 2) {
    r.probe = "greedy_generation_" + std::to_string(column);
    r.metric = "rouge_l";
    r.field = "recall";
    r.split = "retain";
    r.want = "high";
  } else {
    r.probe = "probe_" + std::to_string(column) + "_extraction";
  }
  r.ci_low = r.value - 0.02;
  r.ci_high = r.value + 0.02;
  return r;
}

// Run folders that are there while it lives.
class Runs {
 public:
  ~Runs() { std::filesystem::remove_all(root_); }

  void add(const std::string& name, const std::vector<Record>& records) {
    const std::string folder = root_ + "/" + name;
    make_folder(folder);
    std::ofstream file(folder + "/records.jsonl");
    for (Record r : records) {
      r.run = name;
      file << to_json(r).dump() << "\n";
    }
    folders_.push_back(folder);
  }

  const std::vector<std::string>& folders() const { return folders_; }

 private:
  const std::string root_ =
      std::filesystem::temp_directory_path().string() + "/leaderboard_bench";
  std::vector<std::string> folders_;
};

void add_model(std::vector<Record>& records, const Record& model, int columns,
               double level) {
  for (int c = 0; c < columns; ++c) {
    records.push_back(measure(model, c, level));
  }
}

// One run: 200 models and 50 measures.
void one_run(Runs& runs) {
  std::vector<Record> records;
  add_model(records, test_record("none"), 50, 0.9);
  add_model(records, test_record("retrain"), 50, 0.1);
  for (int m = 0; m < 198; ++m) {
    add_model(records, test_record("method_" + std::to_string(m)), 50,
              0.1 + 0.004 * m);
  }
  runs.add("one", records);
}

// 1,000 runs: 200 settings of 5 seeds, each with the two end points of its
// seed, 20 measures.
void many_runs(Runs& runs) {
  for (int i = 0; i < 1000; ++i) {
    const int seed = i % 5;
    std::vector<Record> records;
    add_model(records, test_record("none", seed), 20, 0.9);
    add_model(records, test_record("retrain", seed), 20, 0.1);
    Record own = test_record("npo", seed);
    own.method_options = {{"beta", i / 5}};
    own.model_hash += std::to_string(i);
    add_model(records, own, 20, 0.1 + 0.004 * (i / 5) + 0.003 * seed);
    runs.add("run_" + std::to_string(i), records);
  }
}

void write(benchmark::State& state, void (*fill)(Runs&), const char* format) {
  Runs runs;
  fill(runs);
  size_t bytes = 0;
  for (auto _ : state) {
    bytes = leaderboard(runs.folders(), format).size();
  }
  state.counters["bytes"] = static_cast<double>(bytes);
}

#define LETHE_LEADERBOARD_BENCH(runs, format)              \
  BENCHMARK_CAPTURE(write, runs##_##format, runs, #format) \
      ->Unit(benchmark::kMillisecond)                      \
      ->Iterations(1)

LETHE_LEADERBOARD_BENCH(one_run, terminal);
LETHE_LEADERBOARD_BENCH(one_run, md);
LETHE_LEADERBOARD_BENCH(one_run, html);
LETHE_LEADERBOARD_BENCH(one_run, csv);
LETHE_LEADERBOARD_BENCH(one_run, latex);
LETHE_LEADERBOARD_BENCH(one_run, json);
LETHE_LEADERBOARD_BENCH(many_runs, terminal);
LETHE_LEADERBOARD_BENCH(many_runs, html);
LETHE_LEADERBOARD_BENCH(many_runs, json);

}  // namespace
}  // namespace lethe
