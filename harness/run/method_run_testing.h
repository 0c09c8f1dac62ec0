// A suite of one method over a random model that reads texts.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <string>
#include <vector>

#include "harness/base/files.h"
#include "harness/base/log.h"
#include "harness/model/test_fixtures.h"
#include "harness/run/variants.h"
#include "harness/run/workshop.h"

namespace lethe {

class MethodRun : public testing::Test {
 protected:
  MethodRun() {
    set_verbosity(Verbosity::quiet);
    std::string name = testing::TempDir() + "lethe_method_XXXXXX";
    folder_ = ::mkdtemp(name.data());
    const Json config = {{"architectures", {"LlamaForCausalLM"}},
                         {"model_type", "llama"},
                         {"vocab_size", 430},
                         {"hidden_size", 16},
                         {"num_hidden_layers", 2},
                         {"num_attention_heads", 2},
                         {"intermediate_size", 24},
                         {"eos_token_id", 1},
                         {"max_position_embeddings", 400}};
    save_new_model(*Model::create(config, test_compute(), 1), config,
                   LETHE_SOURCE_DIR "/harness/text/testdata/byte_level",
                   folder_ + "/model");
  }
  ~MethodRun() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& name, const std::string& bytes) const {
    write_file_atomically(folder_ + "/" + name, bytes);
  }

  // What the method makes of the model with the data `forget` and retain.jsonl,
  // below the folder of the run's number.
  Made made(const std::string& method, const std::string& forget,
            const Json& options) {
    Json set = {{"steps", 3}, {"batch", 3}, {"lr", 0.01}};
    set.update(options);
    const Suite suite = suite_from_json(
        {{"suite", "one"},
         {"model", {{"path", "model"}}},
         {"data",
          {{"forget", {{"file", forget}, {"role", "forget"}}},
           {"retain", {{"file", "retain.jsonl"}, {"role", "retain"}}}}},
         {"methods", Json::array({{{"name", method}, {"set", set}}})},
         {"attacks", Json::array({{{"name", "loss_mia"}, {"on", "forget"}}})}},
        folder_, "one.json");
    const SuiteData data(suite, 0);
    run_ = fmt::format("{}/run{}", folder_, ++runs_);
    Workshop shop(suite, data, test_compute(), run_ + "/models");
    return shop.make(expand(suite).front(), shop.base());
  }

  static std::vector<Json> rows_at(const std::string& path) {
    std::vector<Json> rows;
    for (const auto& line : read_lines(path)) {
      rows.push_back(Json::parse(line));
    }
    return rows;
  }
  static std::vector<Json> log(const Made& made) {
    return rows_at(made.folder + "/train_log.jsonl");
  }

  std::string folder_, run_;

 private:
  int runs_ = 0;
};

}  // namespace lethe
