#include "harness/model/adapter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <cmath>
#include <filesystem>

#include "harness/base/files.h"
#include "harness/model/test_fixtures.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

const Json kLlama = {
    {"model_type", "llama"},    {"vocab_size", 31},
    {"hidden_size", 16},        {"num_hidden_layers", 2},
    {"num_attention_heads", 4}, {"num_key_value_heads", 2},
    {"intermediate_size", 24},  {"max_position_embeddings", 32},
    {"dtype", "float32"},       {"initializer_range", 0.2}};
const Json kGpt2 = {{"model_type", "gpt2"}, {"vocab_size", 31},
                    {"n_embd", 16},         {"n_layer", 2},
                    {"n_head", 2},          {"n_positions", 32},
                    {"dtype", "float32"},   {"initializer_range", 0.2}};

class AdapterTest : public ::testing::Test {
 protected:
  AdapterTest() {
    std::string name = ::testing::TempDir() + "lethe_adapter_XXXXXX";
    root_ = ::mkdtemp(name.data());
    config_ = {{"peft_type", "LORA"}, {"r", 3}, {"lora_alpha", 12}};
    at::manual_seed(11);
  }
  ~AdapterTest() override { fs::remove_all(root_); }

  std::shared_ptr<Model> model(const Json& config) const {
    const auto made = Model::create(config, test_compute(), 3);
    save_new_model(*made, config, "", root_ + "/model");
    return Model::load(ModelFolder(root_ + "/model"), test_compute());
  }

  // Both matrices of a module, as PEFT names them.
  void add(const std::string& module, int64_t in, int64_t out) {
    tensors_.emplace_back("base_model.model." + module + ".lora_A.weight",
                          at::randn({3, in}));
    tensors_.emplace_back("base_model.model." + module + ".lora_B.weight",
                          at::randn({out, 3}));
  }
  Tensor delta(size_t at) const {
    return at::mm(tensors_[at + 1].second, tensors_[at].second);
  }

  Adapter adapter() const {
    make_folder(root_ + "/adapter");
    write_file_atomically(root_ + "/adapter/adapter_config.json",
                          config_.dump());
    write_safetensors(root_ + "/adapter/adapter_model.safetensors", tensors_);
    return Adapter(root_ + "/adapter");
  }

  std::string refusal(const Model& model, bool merge = false) const {
    try {
      adapter().on(model, merge);
    } catch (const Error& error) {
      EXPECT_EQ(error.exit_code(), 3);
      return error.what();
    }
    return "";
  }

  static Tensor logits_of(const Model& model) {
    const at::NoGradGuard guard;
    return logits(model, ragged({{1, 7, 30, 2, 9}}, model.device()))
        .to(at::kCPU);
  }
  static void expect_near(const Tensor& a, const Tensor& b) {
    EXPECT_LT((a - b).abs().max().item<double>(), 1e-4);
  }

  // The model with `delta` added to the weight of one name.
  static std::shared_ptr<const Model> with(const Model& model,
                                           const std::string& name,
                                           const Tensor& delta) {
    Tensor before;
    for (const auto& [own, tensor] : model.parameters()) {
      if (own == name) before = tensor;
    }
    return model.with_weights([&](DecoderWeights& weights) {
      for (Tensor* tensor : weights.tensors()) {
        if (tensor->is_same(before)) *tensor = before + delta;
      }
    });
  }

  std::string root_;
  Json config_;
  NamedTensors tensors_;
};

TEST_F(AdapterTest, AddsTheScaledProductOnTopAndMerged) {
  const auto base = model(kLlama);
  add("model.layers.1.self_attn.v_proj", 16, 8);
  const auto wanted =
      with(*base, "model.layers.1.self_attn.v_proj.weight", delta(0) * 4);
  ASSERT_GT((logits_of(*wanted) - logits_of(*base)).abs().max().item<double>(),
            0.01);
  expect_near(logits_of(*adapter().on(*base)), logits_of(*wanted));
  expect_near(logits_of(*adapter().on(*base, true)), logits_of(*wanted));
}

TEST_F(AdapterTest, TakesTransposedWeightsAndNamesWithoutPrefix) {
  const auto base = model(kGpt2);
  config_["fan_in_fan_out"] = true;
  add("transformer.h.0.attn.c_attn", 16, 48);
  const auto wanted =
      with(*base, "transformer.h.0.attn.c_attn.weight", delta(0).t() * 4);
  expect_near(logits_of(*adapter().on(*base)), logits_of(*wanted));
  expect_near(logits_of(*adapter().on(*base, true)), logits_of(*wanted));
}

TEST_F(AdapterTest, ScalesAsTheConfigurationSays) {
  const auto base = model(kLlama);
  const std::string name = "model.layers.0.mlp.down_proj";
  add(name, 24, 16);
  config_["use_rslora"] = true;
  expect_near(logits_of(*adapter().on(*base)),
              logits_of(*with(*base, name + ".weight",
                              delta(0) * (12 / std::sqrt(3.0)))));
  config_["use_rslora"] = false;
  config_["alpha_pattern"] = {{"down_proj", 6}, {"own_proj", 99}};
  expect_near(logits_of(*adapter().on(*base)),
              logits_of(*with(*base, name + ".weight", delta(0) * 2)));
}

TEST_F(AdapterTest, MergesHeadsAndReplacesWholeTensors) {
  const auto base = model(kLlama);
  add("lm_head", 16, 31);
  const Tensor norm = at::rand({16}) + 0.5;
  tensors_.emplace_back(
      "base_model.model.model.norm.modules_to_save.default.weight", norm);
  const auto once = with(*base, "lm_head.weight", delta(0) * 4);
  const auto wanted = with(*once, "model.norm.weight", norm - 1);
  expect_near(logits_of(*adapter().on(*base)), logits_of(*wanted));
}

TEST_F(AdapterTest, AnEmbeddingLeavesTheTiedHeadAlone) {
  Json config = kLlama;
  config["tie_word_embeddings"] = true;
  const auto base = model(config);
  tensors_.emplace_back("base_model.model.model.embed_tokens.lora_embedding_A",
                        at::randn({3, 31}));
  tensors_.emplace_back("base_model.model.model.embed_tokens.lora_embedding_B",
                        at::randn({16, 3}));
  const auto adapted = adapter().on(*base);
  const Tensor before = base->weights().head.weight;
  EXPECT_TRUE(adapted->weights().head.weight.is_same(before));
  const Tensor wanted = before + delta(0).t() * 4;
  expect_near(adapted->weights().embedding, wanted);
  EXPECT_THAT(refusal(*base, true), HasSubstr("cannot be merged"));
}

TEST_F(AdapterTest, RefusesByName) {
  const auto base = model(kLlama);
  add("model.layers.7.mlp.up_proj", 16, 24);
  EXPECT_THAT(refusal(*base), HasSubstr("model.layers.7.mlp.up_proj"));
  tensors_.clear();
  add("model.layers.0.mlp.up_proj", 15, 24);
  EXPECT_THAT(refusal(*base), HasSubstr("15 inputs"));
  tensors_.pop_back();
  EXPECT_THAT(refusal(*base), HasSubstr("lacks one"));
  tensors_.emplace_back(
      "base_model.model.model.layers.0.mlp.up_proj.lora_magnitude_vector",
      at::ones({24}));
  EXPECT_THAT(refusal(*base), HasSubstr("lora_magnitude_vector"));
  tensors_.clear();
  const Json refused = {{"peft_type", "IA3"},
                        {"use_dora", true},
                        {"init_lora_weights", "pissa_niter_4"},
                        {"target_parameters", {"experts"}},
                        {"alpha_pattern", {{"a.*", 1}}}};
  for (const auto& [key, value] : refused.items()) {
    const Json kept = config_;
    config_[key] = value;
    EXPECT_THAT(refusal(*base), HasSubstr(key));
    config_ = kept;
  }
}

TEST_F(AdapterTest, HashFollowsWhatCounts) {
  add("model.layers.0.mlp.up_proj", 16, 24);
  const std::string first = adapter().hash();
  config_["lora_dropout"] = 0.3;
  EXPECT_EQ(adapter().hash(), first);
  config_["lora_alpha"] = 13;
  EXPECT_NE(adapter().hash(), first);
  config_["lora_alpha"] = 12;
  tensors_[0].second = tensors_[0].second + 1;
  EXPECT_NE(adapter().hash(), first);
}

}  // namespace
}  // namespace lethe
