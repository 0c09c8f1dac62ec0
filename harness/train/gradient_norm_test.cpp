#include "harness/train/gradient_norm.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "harness/model/test_fixtures.h"
#include "harness/tensor/ops.h"
#include "harness/train/losses.h"

namespace lethe {
namespace {

std::shared_ptr<Model> tiny() {
  const Json config = {{"model_type", "llama"},
                       {"vocab_size", 31},
                       {"hidden_size", 8},
                       {"num_hidden_layers", 2},
                       {"num_attention_heads", 2},
                       {"intermediate_size", 12},
                       {"max_position_embeddings", 16},
                       {"initializer_range", 0.3}};
  const auto model = Model::create(config, test_compute(), 3);
  for (const auto& [name, weight] : model->parameters()) {
    Tensor(weight).requires_grad_(false);
  }
  return model;
}

const std::vector<int64_t> kIds = {3, 1, 4, 1, 5, 9, 2, 6};

// The norms of every weight's gradient as training computes it.
std::vector<double> trained_norms(const Model& model, double order) {
  Example e;
  e.ids = kIds;
  e.score_from = 3;
  const TrainingSet set({e}, TrainOptions(), 16, {});
  for (const auto& [name, weight] : model.parameters()) {
    Tensor(weight).requires_grad_(true);
  }
  mean_nll(model, make_batch(set, {0}, model.device())).backward();
  std::vector<double> norms;
  for (const auto& [name, weight] : model.parameters()) {
    norms.push_back(
        at::linalg_vector_norm(weight.grad(), order).item<double>());
    Tensor(weight).mutable_grad().reset();
    Tensor(weight).requires_grad_(false);
  }
  return norms;
}

TEST(GradientNorm, IsThatOfTheTrainingLoss) {
  const auto model = tiny();
  const ScoreItem item{kIds, 3};
  double squares = 0, sum = 0, largest = 0;
  for (const double norm : trained_norms(*model, 2)) squares += norm * norm;
  const std::vector<double> ones = trained_norms(*model, 1);
  for (const double norm : ones) sum += norm;
  const double inf = std::numeric_limits<double>::infinity();
  for (const double norm : trained_norms(*model, inf)) {
    largest = std::max(largest, norm);
  }
  EXPECT_GT(squares, 0);
  EXPECT_NEAR(gradient_norm(*model, item, {2, false}), std::sqrt(squares),
              1e-5 * std::sqrt(squares));
  EXPECT_NEAR(gradient_norm(*model, item, {1, false}), sum, 1e-5 * sum);
  EXPECT_NEAR(gradient_norm(*model, item, {inf, false}), largest,
              1e-5 * largest);
  const double mean = sum / static_cast<double>(ones.size());
  EXPECT_NEAR(gradient_norm(*model, item, {1, true}), mean, 1e-5 * mean);
}

TEST(GradientNorm, LeavesTheModelAsItWas) {
  const auto model = tiny();
  gradient_norm(*model, {kIds, 1}, {});
  for (const auto& [name, weight] : model->parameters()) {
    EXPECT_FALSE(weight.requires_grad()) << name;
    EXPECT_FALSE(weight.grad().defined()) << name;
  }
}

TEST(GradientNorm, ReadsTheEndOfALongText) {
  const auto model = tiny();
  std::vector<int64_t> longer(20, 7);
  longer.insert(longer.end(), kIds.begin(), kIds.end());
  // 16 that are read, and the last one.
  const std::vector<int64_t> window(longer.end() - 17, longer.end());
  EXPECT_EQ(gradient_norm(*model, {longer, 1}, {}),
            gradient_norm(*model, {window, 1}, {}));
  const std::vector<int64_t> less(longer.end() - 9, longer.end());
  EXPECT_EQ(gradient_norm(*model, {longer, 1}, {}, 8),
            gradient_norm(*model, {less, 1}, {}));
  EXPECT_NE(gradient_norm(*model, {longer, 1}, {}, 8),
            gradient_norm(*model, {window, 1}, {}));
}

TEST(GradientNorm, IsNotANumberWhereNothingIsScored) {
  const auto model = tiny();
  EXPECT_TRUE(std::isnan(gradient_norm(*model, {{4}, 1}, {})));
  EXPECT_TRUE(std::isnan(gradient_norm(*model, {{}, 1}, {})));
}

}  // namespace
}  // namespace lethe
