// Drawn tokens: the warpers of transformers, the model's own frequencies, and
// the same draws whatever the batch.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "harness/base/error.h"
#include "harness/base/files.h"
#include "harness/base/rng.h"
#include "harness/generate/generate.h"
#include "harness/model/test_fixtures.h"
#include "harness/score/score.h"
#include "harness/score/warp.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

using Ids = std::vector<int64_t>;

GenerateOptions sampling(int64_t seed = 1) {
  GenerateOptions o;
  o.do_sample = true;
  o.max_new_tokens = 8;
  o.seed = seed;
  return o;
}

class Sampling : public testing::Test {
 protected:
  void SetUp() override {
    model_ = Model::create({{"model_type", "llama"},
                            {"vocab_size", 17},
                            {"hidden_size", 16},
                            {"num_hidden_layers", 2},
                            {"num_attention_heads", 2},
                            {"intermediate_size", 24},
                            {"max_position_embeddings", 64},
                            {"initializer_range", 0.4}},
                           test_compute(), 3);
    prompts_ = {{1, 2, 3}, {4, 5, 6, 7, 8}, {9}, {1, 2, 4}};
  }

  std::vector<Ids> ids_of(const GenerateOptions& options) const {
    std::vector<Ids> all;
    for (const auto& found : generate(*model_, prompts_, options).sequences) {
      for (const Sequence& s : found) all.push_back(s.ids);
    }
    return all;
  }

  std::shared_ptr<Model> model_;
  Prompts prompts_;
};

TEST(Warp, IsThatOfTransformers) {
  LETHE_NEEDS_FIXTURES();
  int64_t compared = 0;
  for (const std::string& line :
       read_lines(fixtures() + "/metrics/sampling_warpers.jsonl")) {
    const Json row = Json::parse(line);
    const std::string name = row["warper"];
    const size_t equals = name.find('=');
    const std::string key = name.substr(0, equals);
    if (name.find(',') != std::string::npos) continue;
    GenerateOptions o;
    const double value = std::stod(name.substr(equals + 1));
    if (key == "temperature") {
      o.temperature = value;
    } else if (key == "top_k") {
      o.top_k = static_cast<int64_t>(value);
    } else if (key == "top_p") {
      o.top_p = value;
    } else {
      continue;
    }
    const auto logits = row["logits"].get<std::vector<float>>();
    const Tensor got = warp(at::tensor(logits).unsqueeze(0), o).squeeze(0);
    const std::vector<float> warped = to_floats(got);
    for (size_t i = 0; i < warped.size(); ++i) {
      if (row["processed"][i].is_null()) {
        EXPECT_EQ(warped[i], -std::numeric_limits<float>::infinity()) << line;
      } else {
        EXPECT_NEAR(warped[i], row["processed"][i].get<float>(), 1e-5) << line;
      }
    }
    ++compared;
  }
  EXPECT_EQ(compared, 60);
}

TEST(Warp, OptionsOutOfRangeAreRefused) {
  const Tensor logits = at::zeros({1, 4});
  GenerateOptions o;
  o.temperature = 0;
  EXPECT_THROW(warp(logits, o), Error);
  o.temperature = 1;
  o.top_p = 1.5;
  EXPECT_THROW(warp(logits, o), Error);
  o.top_p = 1;
  o.top_k = -1;
  EXPECT_THROW(warp(logits, o), Error);
}

TEST_F(Sampling, DrawsDoNotDependOnBatches) {
  GenerateOptions o = sampling();
  o.num_return_sequences = 3;
  const std::vector<Ids> together = ids_of(o);
  ASSERT_EQ(together.size(), 12u);
  o.batch_tokens = 1;
  EXPECT_EQ(ids_of(o), together);
  EXPECT_NE(together[0], together[1]) << "every sequence is drawn anew";
  EXPECT_NE(ids_of(sampling(2)), ids_of(sampling(1)));
  // A sequence is the same however many others are asked for.
  const std::vector<Ids> first = ids_of(sampling());
  for (size_t p = 0; p < 4; ++p) EXPECT_EQ(first[p], together[3 * p]);
  // And whichever call the prompt is in.
  prompts_ = {prompts_[2], prompts_[3]};
  GenerateOptions rest = sampling();
  rest.first_number = 2;
  EXPECT_EQ(ids_of(rest), (std::vector<Ids>{first[2], first[3]}));
}

TEST_F(Sampling, FrequenciesAreTheModelsProbabilities) {
  prompts_ = {{1, 2, 3}};
  GenerateOptions o = sampling();
  o.max_new_tokens = 1;
  o.num_return_sequences = 8000;
  o.temperature = 1.5;
  const Tensor logits =
      lethe::logits(*model_, ragged(prompts_, model_->device())).select(0, -1);
  const std::vector<float> want =
      to_floats(at::softmax(logits.detach() / 1.5, -1));
  std::vector<int64_t> counts(want.size());
  for (const Ids& ids : ids_of(o)) ++counts[ids[0]];
  for (size_t i = 0; i < want.size(); ++i) {
    const double p = want[i], sigma = std::sqrt(p * (1 - p) / 8000);
    EXPECT_NEAR(static_cast<double>(counts[i]) / 8000, p, 4.5 * sigma) << i;
  }
}

TEST_F(Sampling, TheLikeliestTokenAloneIsGreedy) {
  GenerateOptions greedy;
  greedy.max_new_tokens = 8;
  GenerateOptions o = sampling();
  o.top_k = 1;
  EXPECT_EQ(ids_of(o), ids_of(greedy));
  const Sequence drawn = generate(*model_, prompts_, o).sequences[0][0];
  const Sequence best = generate(*model_, prompts_, greedy).sequences[0][0];
  EXPECT_NEAR(drawn.score, best.score, 1e-6) << "log-probs are the model's";
}

TEST_F(Sampling, ASequenceEndsWhereItsTextSaysSo) {
  GenerateOptions greedy;
  greedy.max_new_tokens = 8;
  const std::vector<Ids> whole = ids_of(greedy);
  const int64_t last = whole[1][2];
  greedy.stop = [&](const Ids& ids) { return ids.back() == last; };
  const std::vector<Ids> cut = ids_of(greedy);
  for (size_t p = 0; p < whole.size(); ++p) {
    const auto end = std::find(whole[p].begin(), whole[p].end(), last);
    const Ids want(whole[p].begin(), end == whole[p].end() ? end : end + 1);
    EXPECT_EQ(cut[p], want);
  }
  greedy.num_beams = 2;
  EXPECT_THROW(generate(*model_, prompts_, greedy), Error);
}

}  // namespace
}  // namespace lethe
