// Objectives against their formulas, worked out in float64 from the log-probs
// of a small model; gradients against autograd's.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <map>

#include "harness/base/registry.h"
#include "harness/plugin/method.h"
#include "harness/tensor/ops.h"
#include "harness/train/losses.h"
#include "harness/train/test_step.h"
#include "harness/train/tiny_training.h"

namespace lethe {
namespace {

class Objectives : public testing::Test {
 protected:
  void SetUp() override {
    const Json config = small_llama();
    model_ = Model::create(config, test_compute(), 7);
    forget_ = small_rows({5, 9, 3}, "forget");
    retain_ = small_rows({6, 4, 4}, "retain");
    forget_batch_ = make_batch(forget_, {0, 1, 2}, model_->device());
    retain_batch_ = make_batch(retain_, {0, 1, 2}, model_->device());
  }

  TestStep stepped(const std::string& method, const Json& options) {
    for (const auto& [name, tensor] : model_->parameters()) {
      Tensor gradient = tensor.grad();
      if (gradient.defined()) gradient.zero_();
    }
    TestStep step(*model_, {forget_batch_, retain_batch_, none_});
    Registry<Method>::make(method, options)->step(step);
    return step;
  }

  // -log p of the supervised tokens of each forget row.
  std::vector<std::vector<double>> nll_of_rows() {
    const at::NoGradGuard no_grad;
    const std::vector<float> all = to_floats(token_nll(*model_, forget_batch_));
    const auto row_of = forget_batch_.row_of.to(at::kCPU);
    std::vector<std::vector<double>> found(3);
    for (size_t i = 0; i < all.size(); ++i) {
      const auto row = row_of[static_cast<int64_t>(i)].item<int64_t>();
      found[static_cast<size_t>(row)].push_back(all[i]);
    }
    return found;
  }

  // mean over the tokens of weight(-log p) (-log p).
  double weighted(const std::function<double(double)>& weight) {
    double sum = 0;
    size_t count = 0;
    for (const auto& row : nll_of_rows()) {
      for (const double nll : row) sum += weight(nll) * nll;
      count += row.size();
    }
    return sum / static_cast<double>(count);
  }

  // Each parameter's gradient, one after the other.
  std::vector<float> gradients() const {
    std::vector<float> all;
    for (const auto& [name, tensor] : model_->parameters()) {
      const std::vector<float> own = to_floats(tensor.grad().flatten());
      all.insert(all.end(), own.begin(), own.end());
    }
    return all;
  }

  // That the gradients are those of a sum of weight(-log p) (-log p) / tokens
  // whose weights are numbers.
  void expect_weights_without_gradient(
      const std::string& method, const Json& options,
      const std::function<double(double)>& weight) {
    stepped(method, options);
    const std::vector<float> got = gradients();
    stepped("gradient_ascent", {{"forget", 0.0}});  // clears
    const Tensor nll = token_nll(*model_, forget_batch_);
    std::vector<float> weights;
    for (const float one : to_floats(nll.detach())) {
      weights.push_back(static_cast<float>(weight(one)));
    }
    const Tensor fixed = at::tensor(weights).to(model_->device());
    (-(fixed * nll).sum() / static_cast<double>(nll.numel())).backward();
    const std::vector<float> wanted = gradients();
    ASSERT_EQ(got.size(), wanted.size());
    double largest = 0;
    for (size_t i = 0; i < got.size(); ++i) {
      EXPECT_NEAR(got[i], wanted[i], 1e-6);
      largest = std::max(largest, std::abs(static_cast<double>(wanted[i])));
    }
    EXPECT_GT(largest, 1e-3);
  }

  std::shared_ptr<Model> model_;
  TrainingSet forget_, retain_;
  Batch forget_batch_, retain_batch_, none_;
};

TEST_F(Objectives, SimnpoIsAPreferenceOfMeanLogprobs) {
  for (const auto& [beta, gamma] :
       {std::pair{4.5, 0.0}, {0.1, 0.0}, {2.5, 0.5}}) {
    double sum = 0;
    for (const auto& row : nll_of_rows()) {
      double nll = 0;
      for (const double one : row) nll += one;
      const double z = beta * nll / static_cast<double>(row.size()) - gamma;
      sum += std::log1p(std::exp(-z));
    }
    const TestStep step = stepped(
        "simnpo",
        {{"beta", beta}, {"gamma", gamma}, {"forget", 0.5}, {"retain", 2.0}});
    const double wanted = 2 / beta * sum / 3;
    EXPECT_NEAR(step.terms.at("forget"), wanted, 1e-5 * wanted);
    EXPECT_NEAR(step.loss, 0.5 * wanted + 2 * step.terms.at("retain"), 1e-5);
  }
}

TEST_F(Objectives, WgaWeighsByProbability) {
  for (const double beta : {0.0, 0.5, 1.0, 2.0}) {
    const auto weight = [&](double nll) { return std::exp(-beta * nll); };
    const Json options = {{"beta", beta}, {"retain", 0.0}};
    const double wanted = weighted(weight);
    const TestStep step = stepped("wga", options);
    EXPECT_NEAR(step.terms.at("forget"), wanted, 1e-5 * wanted);
    EXPECT_NEAR(step.loss, -wanted, 1e-5 * wanted);
    if (beta <= 1) expect_weights_without_gradient("wga", options, weight);
  }
  EXPECT_NEAR(stepped("wga", {{"beta", 0.0}}).loss,
              stepped("gradient_difference", Json::object()).loss, 1e-6);
}

TEST_F(Objectives, SatimpWeighsBySaturationAndImportance) {
  for (const auto& [beta1, beta2] :
       {std::pair{5.0, 1.0}, {1.0, 0.0}, {0.5, 2.0}}) {
    const auto weight = [&, b1 = beta1, b2 = beta2](double nll) {
      return std::exp(-b1 * nll) * std::pow(1 - std::exp(-nll), b2);
    };
    const Json options = {
        {"beta1", beta1}, {"beta2", beta2}, {"forget", 1.0}, {"retain", 0.0}};
    const double wanted = weighted(weight);
    const TestStep step = stepped("satimp", options);
    EXPECT_NEAR(step.terms.at("forget"), wanted, 1e-5 * wanted);
    EXPECT_NEAR(step.loss, -wanted, 1e-5 * wanted);
    if (beta1 <= 1) expect_weights_without_gradient("satimp", options, weight);
  }
  EXPECT_NEAR(
      stepped("satimp", {{"beta1", 1.0}, {"beta2", 0.0}}).terms.at("forget"),
      stepped("wga", Json::object()).terms.at("forget"), 1e-6);
}

// -sum q log p of every supervised token by autograd, q a number.
Tensor to_others(const Model& model, const Batch& batch) {
  Ragged rows = batch.rows;
  rows.wanted = batch.scored;
  const Tensor logits = head_logits(model.head_weights(), model.hidden(rows));
  const Tensor target = batch.targets.unsqueeze(1);
  const Tensor p = at::softmax(logits.detach().to(at::kDouble), 1);
  const Tensor q = p.scatter(1, target, 0) / (1 - p.gather(1, target));
  return -(q.to(at::kFloat) * at::log_softmax(logits, 1)).sum(1);
}

TEST_F(Objectives, CeuLearnsThePredictionWithoutTheTruth) {
  const Tensor row = forget_batch_.row_of.to(at::kCPU);
  std::vector<float> later, all(static_cast<size_t>(row.numel()), 1);
  for (int64_t i = 0; i < row.numel(); ++i) {
    const bool first =
        i == 0 || row[i].item<int64_t>() != row[i - 1].item<int64_t>();
    later.push_back(first ? 0 : 1);
  }
  for (const bool skip : {true, false}) {
    const TestStep step = stepped("ceu", {{"skip_first", skip}});
    const std::vector<float> got = gradients();
    stepped("gradient_ascent", {{"forget", 0.0}});  // clears
    const Tensor counted = at::tensor(skip ? later : all).to(model_->device());
    const Tensor wanted =
        (to_others(*model_, forget_batch_) * counted).sum() / counted.sum();
    wanted.backward();
    EXPECT_NEAR(step.loss, wanted.item<double>(), 1e-5);
    const std::vector<float> expected = gradients();
    for (size_t i = 0; i < got.size(); ++i) {
      EXPECT_NEAR(got[i], expected[i], 1e-5);
    }
  }
}

TEST_F(Objectives, CertainTokensHaveFiniteGradients) {
  // A head that is sure of one token: p is 1 in float32.
  for (const auto& [name, tensor] : model_->parameters()) {
    if (name != "lm_head.weight") continue;
    const at::NoGradGuard no_grad;
    tensor.mul_(1000);
  }
  for (const char* method : {"simnpo", "wga", "satimp", "ceu"}) {
    EXPECT_TRUE(std::isfinite(stepped(method, Json::object()).loss)) << method;
    for (const float one : gradients()) ASSERT_TRUE(std::isfinite(one));
  }
}

TEST(ObjectiveOptions, AreChecked) {
  EXPECT_THROW(Registry<Method>::make("simnpo", {{"beta", 0.0}}), Error);
  EXPECT_THROW(Registry<Method>::make("simnpo", {{"gamma", -1.0}}), Error);
  EXPECT_THROW(Registry<Method>::make("wga", {{"beta", -0.5}}), Error);
  EXPECT_THROW(Registry<Method>::make("satimp", {{"beta2", -0.5}}), Error);
  EXPECT_THROW(Registry<Method>::make("satimp", {{"beta", 1.0}}), Error);
}

}  // namespace
}  // namespace lethe
