// Memory on paper, by hand and beside what a run takes.
#include "harness/train/memory.h"

#include <gtest/gtest.h>
#include <malloc.h>
#include <stdlib.h>

#include <filesystem>

#include "harness/base/registry.h"
#include "harness/base/rng.h"
#include "harness/model/test_fixtures.h"
#include "harness/tensor/ops.h"
#include "harness/train/lora.h"
#include "harness/train/selection.h"
#include "harness/train/train.h"

namespace lethe {
namespace {

const Json kLlama = {
    {"model_type", "llama"},    {"vocab_size", 31},
    {"hidden_size", 16},        {"num_hidden_layers", 2},
    {"num_attention_heads", 4}, {"num_key_value_heads", 2},
    {"intermediate_size", 24},  {"max_position_embeddings", 32}};

DecoderConfig config_of(const Json& json) {
  return config_from_json(json, "config.json");
}

TEST(TrainMemory, ShapesAreThoseOfTheModel) {
  for (const char* family : {"llama", "gpt2", "gemma2", "phi", "opt"}) {
    Json json = kLlama;
    json["model_type"] = family;
    if (std::string(family) == "gpt2") {
      json = {{"model_type", "gpt2"}, {"vocab_size", 31}, {"n_embd", 16},
              {"n_layer", 2},         {"n_head", 2},      {"n_positions", 32}};
    }
    if (std::string(family) == "opt") json["ffn_dim"] = 24;
    const auto model = Model::create(json, test_compute(), 1);
    const auto shapes = stored_shapes(config_of(json));
    ASSERT_EQ(shapes.size(), model->parameters().size()) << family;
    for (size_t i = 0; i < shapes.size(); ++i) {
      EXPECT_EQ(shapes[i].first, model->parameters()[i].first);
      EXPECT_EQ(shapes[i].second, model->parameters()[i].second.sizes().vec());
    }
  }
}

TEST(TrainMemory, CountsWhatIsTrained) {
  const DecoderConfig config = config_of(kLlama);
  const Compute compute = test_compute();
  int64_t all = 0;
  for (const auto& [name, shape] : stored_shapes(config)) {
    int64_t numbers = 1;
    for (const int64_t size : shape) numbers *= size;
    all += numbers;
  }
  LargestPass pass;
  pass.terms = 2;
  const auto memory = [&](const Json& set) {
    return training_memory(config, compute, parse_train_options(set), pass);
  };
  const TrainMemory full = memory(Json::object());
  EXPECT_EQ(full.weights, 4 * all);
  EXPECT_EQ(full.gradients, 4 * all);
  EXPECT_NEAR(full.optimiser, 8 * all, 200);
  EXPECT_EQ(full.smoothing, 0);
  EXPECT_EQ(memory({{"sam_rho", 0.1}}).smoothing, 4 * all);
  EXPECT_EQ(full.private_sum, 0);
  const TrainMemory noisy = memory({{"dp_noise", 1.0}});
  EXPECT_EQ(noisy.private_sum, 4 * all);
  EXPECT_EQ(noisy.total(), full.total() + 4 * all);
  EXPECT_LT(memory({{"optimiser", "adamw_8bit"}}).optimiser, 3 * all);
  pass.tokens = pass.supervised = 8;
  const Json fused = {{"fused_step", true}, {"clip", 0.0}};
  EXPECT_EQ(memory(fused).activations, 2 * memory(Json::object()).activations);
  EXPECT_EQ(memory(fused).gradients, 4 * all);
  pass.terms = 1;
  EXPECT_LT(memory(fused).gradients, 2 * all);
  pass = LargestPass();
  pass.terms = 2;
  const auto base = Model::create(kLlama, compute, 1);
  for (const char* target : {"all-linear", "q_proj", "down_proj"}) {
    const Json set = {{"lora_rank", 3}, {"lora_targets", {target}}};
    int64_t own = 0;
    for (const auto& [name, tensor] :
         lora_parameters(*with_lora(*base, parse_train_options(set)))) {
      own += tensor.numel();
    }
    EXPECT_EQ(memory(set).gradients, 4 * own) << target;
    Json noisy_set = set;
    noisy_set["dp_noise"] = 1.0;
    EXPECT_EQ(memory(noisy_set).private_sum, 4 * own) << target;
    EXPECT_EQ(memory(set).weights, 4 * (all + own)) << target;
  }
  const Json one = {{"train_layers", {1}}, {"train_modules", {"up_proj"}}};
  EXPECT_EQ(memory(one).gradients, 4 * 16 * 24);
}

}  // namespace
}  // namespace lethe
