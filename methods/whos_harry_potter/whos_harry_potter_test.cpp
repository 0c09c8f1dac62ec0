// The whole method over a random model: what it writes, and what it takes back.
#include <gmock/gmock.h>
#include <stdlib.h>

#include <filesystem>

#include "harness/base/files.h"
#include "harness/base/log.h"
#include "harness/model/test_fixtures.h"
#include "harness/run/variants.h"
#include "harness/run/workshop.h"

namespace lethe {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string kTokenizer =
    LETHE_SOURCE_DIR "/harness/text/testdata/byte_level";

class WholeMethod : public testing::Test {
 protected:
  WholeMethod() {
    set_verbosity(Verbosity::quiet);
    std::string name = testing::TempDir() + "lethe_whp_XXXXXX";
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
                   kTokenizer, folder_ + "/model");
    write("retain.jsonl",
          R"({"text": "The bell rings at six and nobody minds it at all."}
{"text": "A cart went up the hill, and the rain came down."}
)");
    write(
        "forget.jsonl",
        R"({"text": "Old Tessaly Worn rowed home. Then Tessaly Worn slept, and Worn dreamt of Tessaly."}
{"question": "Who rowed home?", "answer": "It was Tessaly Worn, of course."}
)");
    write("dictionary.jsonl",
          R"({"anchor": "Tessaly Worn", "generic": "Mary Fielding"}
{"anchor": "Tessaly", "generic": "Mary"}
{"anchor": "Worn", "generic": "Fielding"}
)");
  }
  ~WholeMethod() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& name, const std::string& bytes) const {
    write_file_atomically(folder_ + "/" + name, bytes);
  }

  // The model, in a folder of the run's number.
  Made made(const Json& options) {
    Json set = {
        {"steps", 3}, {"batch", 2}, {"lr", 0.01}, {"reinforce_lr", 0.01}};
    set.update(options);
    const Suite suite = suite_from_json(
        {{"suite", "whp"},
         {"model", {{"path", "model"}}},
         {"data",
          {{"forget", {{"file", "forget.jsonl"}, {"role", "forget"}}},
           {"retain", {{"file", "retain.jsonl"}, {"role", "retain"}}}}},
         {"methods",
          Json::array({{{"name", "whos_harry_potter"}, {"set", set}}})},
         {"attacks", Json::array({{{"name", "loss_mia"}, {"on", "forget"}}})}},
        folder_, "whp.json");
    const SuiteData data(suite, 0);
    Workshop shop(suite, data, test_compute(),
                  fmt::format("{}/run{}/models", folder_, ++runs_));
    const Made made = shop.make(expand(suite).front(), shop.base());
    notes_ =
        fmt::format("{}/run{}/notes/{}", folder_, runs_,
                    std::filesystem::path(made.folder).filename().string());
    return made;
  }

  std::vector<Json> rows_of(const std::string& name) const {
    std::vector<Json> rows;
    for (const auto& line : read_lines(notes_ + "/" + name)) {
      rows.push_back(Json::parse(line));
    }
    return rows;
  }

  std::string folder_, notes_;
  int runs_ = 0;
};

TEST_F(WholeMethod, WritesEveryStageAndTrainsOnTheLabels) {
  const Made once = made({{"dictionary", "dictionary.jsonl"}});
  EXPECT_EQ(once.steps, 3);
  EXPECT_EQ(once.message, "");
  const std::vector<Json> translated = rows_of("translated.jsonl");
  ASSERT_EQ(translated.size(), 2U);
  EXPECT_EQ(translated[0]["translated"],
            "Old Mary Fielding rowed home. Then Mary Fielding slept, and "
            "Fielding dreamt of Mary.");
  const std::vector<Json> labels = rows_of("labels.jsonl");
  ASSERT_EQ(labels.size(), 2U);
  // Repeated anchors are not learnt, and no token of the question is.
  int64_t learnt = 0, silent = 0;
  for (const Json& row : labels) {
    for (const Json& label : row["labels"]) {
      label.is_null() ? ++silent : ++learnt;
    }
  }
  EXPECT_GT(learnt, 5);
  EXPECT_GT(silent, 5);
  const Json log =
      Json::parse(read_lines(once.folder + "/train_log.jsonl").front());
  EXPECT_LE(log["supervised_tokens"].get<int64_t>(), learnt);
  EXPECT_FALSE(std::filesystem::exists(once.folder + ".reinforced"));
  // The same again, to the bit.
  const Made again = made({{"dictionary", "dictionary.jsonl"}});
  EXPECT_EQ(once.model_hash, again.model_hash);
}

TEST_F(WholeMethod, TakesBackLabelsThatPeopleChanged) {
  made({{"dictionary", "dictionary.jsonl"}, {"alpha", 0.0}});
  std::vector<Json> labels = rows_of("labels.jsonl");
  for (Json& row : labels) {
    for (Json& label : row["labels"]) label = nullptr;
  }
  labels[0]["labels"][3] = labels[0]["tokens"][1];
  std::string text;
  for (const Json& row : labels) text += row.dump() + "\n";
  write("labels.jsonl", text);
  const Made got = made({{"labels", "labels.jsonl"}, {"batch", 2}});
  const Json log =
      Json::parse(read_lines(got.folder + "/train_log.jsonl").front());
  EXPECT_EQ(log["supervised_tokens"], 1);
}

TEST_F(WholeMethod, FindsAnchorsByItself) {
  made({{"alpha", 0.0}});
  const std::string dictionary = read_file(notes_ + "/dictionary.jsonl");
  EXPECT_THAT(dictionary, HasSubstr("Tessaly"));
  EXPECT_THAT(dictionary, Not(HasSubstr("\"Then\"")));
}

TEST_F(WholeMethod, RefusesLabelsBesideADictionary) {
  EXPECT_THROW(made({{"labels", "l.jsonl"}, {"dictionary", "d.jsonl"}}), Error);
  EXPECT_THROW(made({{"alpha", -1.0}}), Error);
}

}  // namespace
}  // namespace lethe
