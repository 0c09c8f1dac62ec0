// Against transformers: logits within 1e-4 of the largest, greedy and beam
// token ids equal, beam scores within 1e-4.
#include <gtest/gtest.h>

#include <filesystem>

#include "harness/base/files.h"
#include "harness/base/json.h"
#include "harness/generate/generate.h"
#include "harness/model/model.h"
#include "harness/model/test_fixtures.h"
#include "harness/score/score.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

using Ids = std::vector<int64_t>;

class ModelParity : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    LETHE_NEEDS_FIXTURES();
    const std::string path = fixtures() + "/models/" + GetParam();
    golden_ = read_json(path + "/golden.json");
    tensors_ = Safetensors::open(path + "/golden.safetensors");
    model_ = Model::load(ModelFolder(path), test_compute());
  }

  void expect_close(const Tensor& got, const Tensor& want) {
    const double largest = want.abs().max().item<double>();
    const double apart = (got.cpu() - want).abs().max().item<double>();
    EXPECT_LE(apart, 1e-4 * largest);
  }

  GenerateOptions beam_options(const Json& beam) {
    GenerateOptions o;
    o.num_beams = o.num_return_sequences = beam["num_beams"];
    o.length_penalty = beam["length_penalty"];
    const Json& early = beam["early_stopping"];
    o.early_stopping = early.is_string()   ? EarlyStopping::never
                       : early.get<bool>() ? EarlyStopping::yes
                                           : EarlyStopping::no;
    if (beam["eos_token_id"].is_number()) o.eos_ids = {beam["eos_token_id"]};
    if (beam["eos_token_id"].is_array()) {
      o.eos_ids = beam["eos_token_id"].get<Ids>();
    }
    o.max_new_tokens = beam["max_new_tokens"];
    return o;
  }

  Json golden_;
  std::shared_ptr<const Safetensors> tensors_;
  std::shared_ptr<Model> model_;
};

TEST_P(ModelParity, LogitsOfShortAndLongTexts) {
  const Ids ids = golden_["short"]["input_ids"].get<Ids>();
  expect_close(logits(*model_, ragged({ids}, model_->device())),
               tensors_->tensor("short_logits"));
  const Ids longer = golden_["long"]["input_ids"].get<Ids>();
  const Tensor last =
      logits(*model_, ragged({longer}, model_->device())).select(0, -1);
  expect_close(last, tensors_->tensor("long_last_logits"));
}

TEST_P(ModelParity, LogProbsOfTextsInOneBatch) {
  std::vector<ScoreItem> items;
  for (const Json& row : golden_["logprobs"]) {
    items.push_back({row["input_ids"].get<Ids>()});
  }
  const ScoreResult result = score(*model_, items);
  for (size_t i = 0; i < items.size(); ++i) {
    const Json& row = golden_["logprobs"][i];
    const auto want = row["token_logprobs"].get<std::vector<float>>();
    ASSERT_EQ(result.statistics[i]->logprobs.size(), want.size());
    for (size_t t = 0; t < want.size(); ++t) {
      EXPECT_NEAR(result.statistics[i]->logprobs[t], want[t], 2e-4);
    }
    EXPECT_NEAR(-result.statistics[i]->mean_logprob(),
                row["loss"].get<double>(), 1e-4);
  }
}

TEST_P(ModelParity, GreedyAloneAndBatched) {
  GenerateOptions o;
  o.max_new_tokens = golden_["greedy_left_padded"]["max_new_tokens"];
  const auto prompts =
      golden_["greedy_left_padded"]["prompts"].get<std::vector<Ids>>();
  const Generation batch = generate(*model_, prompts, o);
  for (size_t i = 0; i < prompts.size(); ++i) {
    EXPECT_EQ(batch.sequences[i][0].ids,
              golden_["greedy_left_padded"]["output_ids"][i].get<Ids>());
    const Generation alone = generate(*model_, {prompts[i]}, o);
    EXPECT_EQ(alone.sequences[0][0].ids, batch.sequences[i][0].ids);
    const auto want = golden_["greedy_left_padded"]["token_logprobs"][i]
                          .get<std::vector<float>>();
    for (size_t t = 0; t < want.size(); ++t) {
      EXPECT_NEAR(batch.sequences[i][0].token_logprobs[t], want[t], 2e-4);
    }
  }
}

TEST_P(ModelParity, GreedyEndsAtEos) {
  const Json& golden = golden_["greedy_eos"];
  GenerateOptions o;
  o.max_new_tokens = golden["max_new_tokens"];
  o.eos_ids = {golden["eos_token_id"].get<int64_t>()};
  const Generation got =
      generate(*model_, golden["prompts"].get<std::vector<Ids>>(), o);
  for (size_t i = 0; i < got.sequences.size(); ++i) {
    Ids want = golden["output_ids"][i].get<Ids>();
    const auto eos = std::find(want.begin(), want.end(), o.eos_ids[0]);
    if (eos != want.end()) want.erase(eos + 1, want.end());
    EXPECT_EQ(got.sequences[i][0].ids, want);
  }
}

TEST_P(ModelParity, BeamsAndTheirScores) {
  for (const Json& beam : golden_["beam"]) {
    const auto prompts = beam["prompts"].get<std::vector<Ids>>();
    const Generation got = generate(*model_, prompts, beam_options(beam));
    size_t at = 0;
    for (const auto& sequences : got.sequences) {
      for (const Sequence& sequence : sequences) {
        SCOPED_TRACE(beam.dump().substr(0, 200));
        EXPECT_EQ(sequence.ids, beam["sequences"][at].get<Ids>());
        const double want = beam["sequences_scores"][at].get<double>();
        // A sum of hundreds of nats has fewer digits left in float32: the
        // golden sums themselves are up to 2.5e-6 from float64's.
        EXPECT_NEAR(sequence.score, want,
                    std::max(1e-4, 4e-6 * std::abs(want)));
        ++at;
      }
    }
    EXPECT_EQ(at, beam["sequences"].size());
  }
}

// Folders from before transformers 5 spell rope and dtype otherwise.
TEST_P(ModelParity, OlderSpellingOfTheConfigurationIsTheSameModel) {
  const std::string path = fixtures() + "/models/" + GetParam();
  if (!exists(path + "/config.v4.json")) GTEST_SKIP() << "no older spelling";
  namespace fs = std::filesystem;
  const fs::path folder =
      fs::path(testing::TempDir()) / ("older-" + std::string(GetParam()));
  fs::create_directories(folder);
  for (const auto& entry : fs::directory_iterator(path)) {
    const std::string name = entry.path().filename();
    if (name.compare(0, 5, "model") != 0) continue;
    fs::copy_file(entry.path(), folder / name,
                  fs::copy_options::overwrite_existing);
  }
  fs::copy_file(path + "/config.v4.json", folder / "config.json",
                fs::copy_options::overwrite_existing);
  const auto older = Model::load(ModelFolder(folder.string()), test_compute());
  const Ids ids = golden_["long"]["input_ids"].get<Ids>();
  const Ragged rows = ragged({ids}, model_->device());
  EXPECT_TRUE(at::equal(logits(*older, rows), logits(*model_, rows)));
  fs::remove_all(folder);
}

INSTANTIATE_TEST_SUITE_P(
    , ModelParity,
    testing::Values("llama", "llama-gqa-tied", "llama-sharded", "llama-bf16",
                    "llama-fp16", "llama-rope-linear", "llama-rope-yarn",
                    "llama3-rope-scaling", "gpt2", "gpt2-noprefix", "gpt_neo",
                    "gpt_neox", "gpt_neox-seq", "opt", "opt-350m-style",
                    "mistral", "mixtral", "phi", "phi3", "qwen2", "qwen3",
                    "gemma", "gemma2", "olmo", "olmo2"));

}  // namespace
}  // namespace lethe
