// The rounding written out in plain loops: one scale a row of outputs, half to
// even, and nothing but the blocks' linear layers.
#include <gtest/gtest.h>

#include <cmath>

#include "harness/base/registry.h"
#include "harness/model/test_fixtures.h"
#include "harness/plugin/attack.h"
#include "harness/target/model_target.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

std::shared_ptr<const Model> quantised(const std::shared_ptr<Model>& model) {
  const auto target =
      std::make_shared<ModelTarget>(model, nullptr, TargetOptions{});
  return Registry<Transform>::make("quantise", Json::object())
      ->apply(target)
      ->model();
}

// rounded = round(w / s) s with s = max |w| / 127 of the channel.
void expect_rounded(const Linear& before, const Linear& after) {
  ASSERT_EQ(before.weight.sizes(), after.weight.sizes());
  const Tensor w = (before.transposed ? before.weight.t() : before.weight)
                       .detach()
                       .to(at::kCPU, at::kFloat)
                       .contiguous();
  const Tensor got = (after.transposed ? after.weight.t() : after.weight)
                         .detach()
                         .to(at::kCPU, at::kFloat)
                         .contiguous();
  const int64_t width = w.size(1);
  for (int64_t row = 0; row < w.size(0); ++row) {
    const float* from = w.const_data_ptr<float>() + row * width;
    const float* to = got.const_data_ptr<float>() + row * width;
    float largest = 0;
    for (int64_t i = 0; i < width; ++i) {
      largest = std::max(largest, std::abs(from[i]));
    }
    const float scale = largest / 127;
    int64_t levels = 0;
    for (int64_t i = 0; i < width; ++i) {
      EXPECT_NEAR(to[i], std::nearbyint(from[i] / scale) * scale, 1e-7);
      EXPECT_LE(std::abs(to[i] - from[i]), scale * 0.5001F);
      levels += to[i] != from[i];
    }
    EXPECT_GT(levels, 0) << "nothing was rounded in row " << row;
  }
  EXPECT_TRUE(after.bias.is_same(before.bias));
}

void expect_only_linear_layers_rounded(const Json& config) {
  const auto model = Model::create(config, test_compute(), 5);
  const auto rounded = quantised(model);
  DecoderWeights a = model->weights(), b = rounded->weights();
  EXPECT_TRUE(b.embedding.is_same(a.embedding));
  EXPECT_TRUE(b.head.weight.is_same(a.head.weight));
  ASSERT_EQ(a.layers.size(), b.layers.size());
  for (size_t i = 0; i < a.layers.size(); ++i) {
    LayerWeights &x = a.layers[i], &y = b.layers[i];
    EXPECT_TRUE(y.attention_norm.weight.is_same(x.attention_norm.weight));
    const auto before = x.linears(), after = y.linears();
    ASSERT_EQ(before.size(), after.size());
    ASSERT_GE(before.size(), 4u);
    for (size_t k = 0; k < before.size(); ++k) {
      expect_rounded(*before[k], *after[k]);
    }
  }
}

TEST(Quantise, RoundsEachOutputChannelOfTheBlocksOnly) {
  expect_only_linear_layers_rounded({{"model_type", "llama"},
                                     {"vocab_size", 53},
                                     {"hidden_size", 24},
                                     {"num_hidden_layers", 2},
                                     {"num_attention_heads", 6},
                                     {"num_key_value_heads", 2},
                                     {"intermediate_size", 40},
                                     {"max_position_embeddings", 64}});
  expect_only_linear_layers_rounded({{"model_type", "gpt2"},
                                     {"vocab_size", 53},
                                     {"n_embd", 24},
                                     {"n_layer", 2},
                                     {"n_head", 4},
                                     {"n_positions", 64}});
}

TEST(Quantise, TwiceIsOnce) {
  const auto model = Model::create({{"model_type", "gpt2"},
                                    {"vocab_size", 53},
                                    {"n_embd", 24},
                                    {"n_layer", 1},
                                    {"n_head", 4},
                                    {"n_positions", 64}},
                                   test_compute(), 5);
  const auto once = std::const_pointer_cast<Model>(quantised(model));
  const auto twice = quantised(once);
  const Tensor a = once->weights().layers[0].mlp.up.weight;
  const Tensor b = twice->weights().layers[0].mlp.up.weight;
  EXPECT_LE((a - b).abs().max().item<float>(), 1e-7F);
}

}  // namespace
}  // namespace lethe
