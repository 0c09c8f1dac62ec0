#include "harness/train/influence.h"

#include <gtest/gtest.h>

#include <cmath>

#include "harness/tensor/ops.h"
#include "harness/train/gradient_norm.h"
#include "harness/train/losses.h"
#include "harness/train/tiny_training.h"
#include "harness/train/train.h"

namespace lethe {
namespace {

std::shared_ptr<Model> frozen(const std::string& family = "llama") {
  const auto model = tiny(31, false, family);
  for (const auto& [name, weight] : model->parameters()) {
    Tensor(weight).requires_grad_(false);
  }
  return model;
}

// The names of the linear layers of the blocks.
bool is_layer(const std::string& name) {
  return name.find("_proj.weight") != name.npos;
}

// The gradient of every linear layer, as one vector: plain backward.
Tensor naive_gradient(const Model& model, const ScoreItem& item) {
  std::vector<Tensor> all;
  for (const auto& [name, weight] : model.parameters()) {
    if (is_layer(name)) Tensor(weight).requires_grad_(true);
  }
  mean_nll(model, item_batch(item, model)).backward();
  for (const auto& [name, weight] : model.parameters()) {
    if (!is_layer(name)) continue;
    all.push_back(weight.grad().clone().reshape({-1}));
    Tensor(weight).mutable_grad().reset();
    Tensor(weight).requires_grad_(false);
  }
  return at::cat(all);
}

std::vector<ScoreItem> items(int64_t count) {
  std::vector<ScoreItem> all;
  for (const Example& e : texts(count, "influence")) all.push_back({e.ids, 1});
  return all;
}

double relative_error(double value, double wanted, double scale) {
  return std::abs(value - wanted) / scale;
}

// Rank 4096 of layers that read 8 or 12 numbers: A^T A is nearly the identity,
// so inner products are those of the full gradients; at most sqrt(2 / 4096) =
// 0.022 of the norms is one standard error.
TEST(Influence, InnerProductsAreThoseOfTheFullGradients) {
  for (const char* family : {"llama", "gemma2"}) {
    const auto model = frozen(family);
    const GradientFeatures features(*model,
                                    {.lora_rank = 4096, .projection = 0});
    const auto all = items(4);
    for (size_t a = 0; a < all.size(); ++a) {
      for (size_t b = 0; b <= a; ++b) {
        const Tensor full_a = naive_gradient(*model, all[a]);
        const Tensor full_b = naive_gradient(*model, all[b]);
        const double scale =
            full_a.norm().item<double>() * full_b.norm().item<double>();
        EXPECT_LT(
            relative_error(at::dot(features.of(all[a]), features.of(all[b]))
                               .item<double>(),
                           at::dot(full_a, full_b).item<double>(), scale),
            4 * std::sqrt(2.0 / 4096))
            << family;
      }
    }
  }
}

// Over seeds the small ones are right on average, and as far off as they say.
TEST(Influence, ProjectionsAreRightOnAverage) {
  const auto model = frozen();
  const auto all = items(2);
  const Tensor full_a = naive_gradient(*model, all[0]);
  const Tensor full_b = naive_gradient(*model, all[1]);
  const double wanted = at::dot(full_a, full_b).item<double>();
  const double scale =
      full_a.norm().item<double>() * full_b.norm().item<double>();
  constexpr int kSeeds = 200;
  double sum = 0, squares = 0;
  for (int seed = 0; seed < kSeeds; ++seed) {
    const GradientFeatures features(
        *model, {.lora_rank = 8, .projection = 64, .seed = seed});
    ASSERT_EQ(features.size(), 64);
    const double error =
        (at::dot(features.of(all[0]), features.of(all[1])).item<double>() -
         wanted) /
        scale;
    sum += error;
    squares += error * error;
  }
  // One projection: 2 / 8 at most of layers, then (1 + cos^2) / 64 of vectors
  // whose norms vary themselves.
  const double variance = squares / kSeeds;
  EXPECT_LT(variance, 2.0 / 8 + 2 * (1 + 2.0 / 8) / 64);
  EXPECT_GT(variance, 1e-4);
  EXPECT_LT(std::abs(sum / kSeeds), 4 * std::sqrt(variance / kSeeds));
}

TEST(Influence, SeedsDecide) {
  const auto model = frozen();
  const ScoreItem item = items(1)[0];
  const GradientFeatures one(*model, {.projection = 32}),
      same(*model, {.projection = 32}),
      other(*model, {.projection = 32, .seed = 1});
  EXPECT_TRUE(at::equal(one.of(item), one.of(item)));
  EXPECT_TRUE(at::equal(one.of(item), same.of(item)));
  EXPECT_FALSE(at::equal(one.of(item), other.of(item)));
}

TEST(Influence, LeavesTheModelAsItWas) {
  const auto model = frozen();
  const GradientFeatures features(*model, {});
  features.of(items(1)[0]);
  for (const auto& [name, weight] : model->parameters()) {
    EXPECT_FALSE(weight.requires_grad()) << name;
    EXPECT_FALSE(weight.grad().defined()) << name;
  }
  EXPECT_FALSE(features.of({{4}, 1}).defined());  // nothing is scored
}

TEST(Influence, CosinesKnowNoLength) {
  const Tensor a = at::tensor({3.0F, 4.0F, 0.0F, 0.0F}).reshape({2, 2});
  const Tensor b = at::tensor({6.0F, 8.0F});
  EXPECT_EQ(similarities(a, b, false)[0].item<float>(), 50);
  EXPECT_FLOAT_EQ(similarities(a, b, true)[0].item<float>(), 1);
  EXPECT_EQ(similarities(a, b, true)[1].item<float>(), 0);
}

// Trained on twelve texts: what comes of the first half of each is asked, and
// its own text stands first.
TEST(Influence, TheTextBehindAnOutputComesFirst) {
  const auto model = tiny();
  Examples all;
  Rng rng(3, "behind");
  for (int64_t i = 0; i < 12; ++i) {
    Example e;
    for (int64_t t = 0; t < 16; ++t) {
      e.ids.push_back(static_cast<int64_t>(rng.below(30)));
    }
    all.push_back(e);
  }
  const TrainingSet set = training_set(all);
  TrainTask task;
  task.model = model;
  task.data.data = &set;
  task.uses.forget = false;
  task.step = [](Step& s) {
    s.add("nll", 1, [&] { return mean_nll(s.model, s.forget); });
  };
  std::string folder = testing::TempDir() + "lethe_influence_XXXXXX";
  task.out = ::mkdtemp(folder.data());
  task.title = "test";
  train(task, options_of({{"steps", 30}, {"batch", 4}}));
  for (const auto& [name, weight] : model->parameters()) {
    Tensor(weight).requires_grad_(false);
  }
  const GradientFeatures features(*model, {.projection = 512});
  std::vector<Tensor> vectors;
  for (const Example& e : all) vectors.push_back(features.of({e.ids, 1}));
  const Tensor texts_of_training = at::stack(vectors);
  int first = 0;
  for (size_t q = 0; q < all.size(); ++q) {
    const Tensor output = features.of({all[q].ids, 8});
    const int64_t best =
        similarities(texts_of_training, output, true).argmax().item<int64_t>();
    first += best == static_cast<int64_t>(q);
  }
  EXPECT_EQ(first, 12);
}

}  // namespace
}  // namespace lethe
