// A small suite over a random model, for tests of runs.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "harness/base/files.h"
#include "harness/base/log.h"
#include "harness/base/rng.h"
#include "harness/model/model.h"
#include "harness/model/test_fixtures.h"
#include "harness/run/run.h"

namespace lethe {

// The call ends in an Error with this exit code that names all the words.
inline void expect_error(int code, const std::vector<std::string>& words,
                         const std::function<void()>& call) {
  try {
    call();
    ADD_FAILURE() << "nothing was thrown";
  } catch (const Error& error) {
    const std::string message = error.what();
    EXPECT_EQ(error.exit_code(), code) << message;
    for (const std::string& word : words) {
      EXPECT_NE(message.find(word), std::string::npos)
          << "\"" << message << "\" does not name " << word;
    }
  }
}

inline Json suite_json() {
  return Json::parse(R"({
    "suite": "tiny",
    "model": {"path": "model"},
    "data": {"forget": {"file": "forget.jsonl", "role": "forget"},
             "holdout": {"file": "holdout.jsonl", "role": "holdout"}},
    "methods": [{"name": "none"},
                {"name": "gradient_ascent",
                 "set": {"steps": 2, "batch": 2, "lr": 0.01}}],
    "transforms": [{"name": "quantise"}],
    "attacks": [{"name": "greedy_extraction", "on": "forget",
                 "set": {"prefix_tokens": 4, "suffix_tokens": 4}},
                {"name": "loss_mia", "on": ["forget", "holdout"]}]})");
}

inline Suite suite_of(const Json& json, const std::string& folder = ".") {
  return suite_from_json(json, folder, "tiny.json");
}

class RunTest : public testing::Test {
 protected:
  RunTest() {
    set_verbosity(Verbosity::quiet);
    std::string name = testing::TempDir() + "lethe_run_XXXXXX";
    folder_ = ::mkdtemp(name.data());
  }
  ~RunTest() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& bytes) const {
    write_file_atomically(folder_ + "/" + name, bytes);
    return folder_ + "/" + name;
  }
  static std::string tokenizer_folder() {
    return LETHE_SOURCE_DIR "/harness/text/testdata/byte_level";
  }

  std::string folder_;
};

// A suite over a random model of two layers and rows of random ids.
class SuiteRun : public RunTest {
 protected:
  SuiteRun() {
    const Json config = {{"model_type", "llama"},
                         {"vocab_size", 430},
                         {"hidden_size", 16},
                         {"num_hidden_layers", 2},
                         {"num_attention_heads", 2},
                         {"intermediate_size", 24},
                         {"max_position_embeddings", 32}};
    save_new_model(*Model::create(config, test_compute(), 1), config,
                   tokenizer_folder(), folder_ + "/model");
    write("forget.jsonl", rows("forget", 4));
    write("holdout.jsonl", rows("holdout", 3));
  }
  static std::string rows(const std::string& name, int count) {
    Rng rng(1, name);
    std::string text;
    for (int i = 0; i < count; ++i) {
      std::vector<int64_t> ids;
      for (int t = 0; t < 10; ++t) {
        ids.push_back(10 + static_cast<int64_t>(rng.below(400)));
      }
      text += Json{{"ids", ids}}.dump() + "\n";
    }
    return text;
  }
  RunSummary run(const Json& json) const {
    RunOptions options;
    options.out = out();
    options.compute = test_compute();
    options.target.progress = false;
    return run_suite(suite_of(json, folder_), options);
  }
  std::string out() const { return folder_ + "/out"; }
};

// The records as text; without what depends on the clock and the process.
inline std::vector<std::string> lines(const RunSummary& summary, bool all) {
  std::vector<std::string> text;
  for (const Record& record : summary.records) {
    OrderedJson json = to_json(record);
    if (!all) {
      for (const char* key :
           {"seconds", "tokens", "peak_bytes", "device_peak_bytes"}) {
        json.erase(key);
      }
    }
    text.push_back(json.dump());
  }
  return text;
}

}  // namespace lethe
