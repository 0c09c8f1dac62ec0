// A small finished run, made by hand: two rows with texts, losses and scores.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <string>
#include <vector>

#include "harness/base/files.h"
#include "harness/base/hash.h"
#include "harness/base/recorded.h"
#include "harness/stored/measure_pass.h"

namespace lethe {

class StoredRunTest : public testing::Test {
 protected:
  StoredRunTest() {
    std::string name = testing::TempDir() + "lethe_stored_XXXXXX";
    folder_ = ::mkdtemp(name.data());
    run_ = folder_ + "/run";
    write_run();
  }
  ~StoredRunTest() override { std::filesystem::remove_all(folder_); }

  static std::string lines(const std::vector<Json>& rows) {
    std::string text;
    for (const Json& row : rows) text += row.dump() + "\n";
    return text;
  }

  static std::vector<Json> answers(const std::string& row) {
    const bool none = row == "none";
    return {{{"id", "a"},
             {"split", "forget"},
             {"prompt", "Where is the quay?"},
             {"output", none ? "By the old ferry" : "I do not know"},
             {"reference", "By the old ferry"}},
            {{"id", "b"},
             {"split", "forget"},
             {"prompt", "Who rings the bell?"},
             {"output", none ? "Mira Tolland rings it" : "A keeper"},
             {"reference", "Mira Tolland rings it daily"}},
            {{"id", "c"},
             {"split", "forget"},
             {"prompt", "What is salted?"},
             {"output", ""},
             {"reference", "The rope"}}};
  }

  static std::vector<Json> losses(const std::string& row) {
    const double shift = row == "none" ? 0.25 : 1.5;
    std::vector<Json> rows;
    for (int i = 0; i < 5; ++i) {
      rows.push_back({{"id", std::to_string(i)},
                      {"split", "forget"},
                      {"reference", "By the old ferry"},
                      {"answer_nll", shift + 0.125 * i},
                      {"perturbed_nll", {2.0 - 0.25 * i, 2.5, 3.0}},
                      {"num_tokens", 4 + i},
                      {"sum_logprob", -(4 + i) * (shift + 0.0625 * i)}});
    }
    return rows;
  }

  static std::vector<Json> scores(const std::string& row) {
    const double gap = row == "none" ? 0.5 : 0.0;
    std::vector<Json> rows;
    for (int i = 0; i < 12; ++i) {
      const int member = i < 6 ? 1 : 0;
      rows.push_back({{"id", std::to_string(i)},
                      {"split", member == 1 ? "forget" : "holdout"},
                      {"member", member},
                      {"score", -1.0 - 0.125 * ((i * 5) % 12) + gap * member}});
    }
    return rows;
  }

  // A pass of one row: its samples with the metrics' fields, and its records.
  struct Asked {
    std::string row, probe, split;
    std::vector<Json> rows;
    std::vector<std::string> metrics;
  };

  Record common(const Asked& asked) const {
    Record r;
    r.run = "run";
    r.cell = "cell_" + asked.row;
    r.suite = "small";
    r.suite_hash = sha256(canonical(suite()));
    r.label = r.method = asked.row;
    r.model_hash = sha256(asked.row);
    r.probe = asked.probe;
    r.split = asked.split;
    r.role = "forget";
    Sha256 ids;
    for (const Json& row : asked.rows) {
      ids.add(row["id"].get<std::string>() + "\n");
    }
    r.items_hash = ids.hex();
    r.n_expected = static_cast<int64_t>(asked.rows.size());
    r.device = "cpu";
    r.dtype = "float32";
    r.versions = {{"lethe", "0.1.0"}};
    return r;
  }

  void ask(Asked asked) {
    const std::string file = "/samples/cell_" + asked.row + "/" + asked.probe +
                             "@" + asked.split + ".jsonl";
    make_folder(run_ + "/samples/cell_" + asked.row);
    write_file_atomically(run_ + file, lines(asked.rows));
    Pass pass;
    pass.samples = run_ + file;
    PassReader reader;
    for (const std::string& name : asked.metrics) {
      const StoredMetric metric = stored_metric(name, Json::object());
      const MeasuredPass measured = reader.measure(metric, pass);
      for (size_t i = 0; i < asked.rows.size(); ++i) {
        for (const auto& [field, value] : measured.rows[i]) {
          asked.rows[i][field] = value;
        }
      }
      for (const auto& [field, estimate] : measured.values) {
        Record r = common(asked);
        r.metric = name;
        r.field = field;
        r.unit = metric.metric->unit_of(field);
        put_estimate(r, estimate);
        records_.push_back(r);
      }
    }
    write_file_atomically(run_ + file, lines(asked.rows));
  }

  static Json suite() {
    return {{"suite", "small"},
            {"model", {{"path", "/home/someone/model"}}},
            {"reference", {{"method", "retrain"}}}};
  }

  void write_run() {
    make_folder(run_);
    for (const char* row : {"none", "retrain"}) {
      ask({row, "greedy_generation", "forget", answers(row), {"rouge_l"}});
      ask({row, "teacher_forced", "forget", losses(row), {"perplexity"}});
      ask({row, "loss_mia", "forget+holdout", scores(row), {"auroc"}});
    }
    OrderedJson run = {{"suite", suite()},
                       {"suite_hash", sha256(canonical(suite()))},
                       {"status", "complete"}};
    for (const char* row : {"none", "retrain"}) {
      run["cells"].push_back({{"cell", std::string("cell_") + row},
                              {"label", row},
                              {"transform", ""},
                              {"status", "ok"},
                              {"message", ""}});
    }
    write_file_atomically(run_ + "/run.json", run.dump(2) + "\n");
    write_records();
  }

  void write_records() const {
    std::string text;
    for (const Record& r : records_) text += to_json(r).dump() + "\n";
    write_file_atomically(run_ + "/records.jsonl", text);
  }

  // Changes a part of a file of the run.
  void edit(const std::string& file, const std::string& from,
            const std::string& to) const {
    std::string text = read_file(run_ + "/" + file);
    const size_t place = text.find(from);
    ASSERT_NE(place, text.npos) << file << " has no " << from;
    text.replace(place, from.size(), to);
    write_file_atomically(run_ + "/" + file, text);
  }

  std::string folder_, run_;
  std::vector<Record> records_;
};

// The call ends in an Error of this exit code that has the words.
template <class Call>
void expect_refused(int code, const std::string& words, const Call& call) {
  try {
    call();
    ADD_FAILURE() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_code(), code) << error.what();
    EXPECT_NE(std::string(error.what()).find(words), std::string::npos)
        << error.what();
  }
}

}  // namespace lethe
