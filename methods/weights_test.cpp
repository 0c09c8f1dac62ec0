// Methods that compute weights without a loop of their own, against their
// formulas worked out in float64.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

#include "harness/base/registry.h"
#include "harness/tensor/ops.h"
#include "harness/train/losses.h"
#include "harness/train/test_context.h"
#include "harness/train/tiny_training.h"

namespace lethe {
namespace {

namespace fs = std::filesystem;

class Weights : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "lethe_weights_XXXXXX";
    folder_ = ::mkdtemp(name.data());
    start_ = folder_ + "/start";
    save_new_model(*Model::create(config("float32"), test_compute(), 11),
                   config("float32"), "", start_);
    forget_ = small_rows({5, 9, 3}, "forget");
    retain_ = small_rows({6, 4, 4, 8}, "retain", Side::retain);
  }
  void TearDown() override { fs::remove_all(folder_); }

  static Json config(const std::string& dtype) {
    Json all = small_llama();
    all["torch_dtype"] = dtype;
    return all;
  }

  Unlearned unlearned(const std::string& method, const Json& options,
                      double lr = 0.01) {
    TestContext context(
        start_, folder_ + "/" + method,
        {&forget_, &retain_, nullptr,
         parse_train_options({{"lr", lr}, {"steps", 2}, {"batch", 2}})},
        test_compute());
    return Registry<Method>::make(method, options)->unlearn(context);
  }

  // Of each weight the sum of squared gradients of single groups of rows.
  std::map<std::string, Tensor> squares(const TrainingSet& set, int64_t rows) {
    const auto model = Model::load(ModelFolder(start_), test_compute(), true);
    std::map<std::string, Tensor> sums;
    for (int64_t i = 0; i < set.size(); i += rows) {
      std::vector<int64_t> keys;
      for (int64_t j = i; j < std::min(i + rows, set.size()); ++j) {
        keys.push_back(j);
      }
      const Batch batch = make_batch(set, keys, model->device());
      token_nll(*model, batch).mean().backward();
      for (const auto& [name, weight] : model->parameters()) {
        const Tensor square = weight.grad().to(at::kDouble).square();
        sums[name] = sums.count(name) > 0 ? sums[name] + square : square;
        Tensor(weight).mutable_grad().reset();
      }
    }
    return sums;
  }

  std::string folder_, start_;
  TrainingSet forget_, retain_;
};

TEST_F(Weights, SsdDampensWhatMattersMoreToForget) {
  struct Case {
    double selection, dampening;
    int64_t rows;
    std::string against;
    double forget_gradients, retain_gradients;
  };
  for (const Case& c : {Case{1, 1, 1, "all", 3, 4},
                        {2, 0.5, 1, "retain", 3, 4},
                        {1.5, 1.2, 2, "all", 2, 2}}) {
    const Unlearned made = unlearned("ssd", {{"selection", c.selection},
                                             {"dampening", c.dampening},
                                             {"rows_a_gradient", c.rows},
                                             {"against", c.against}});
    EXPECT_EQ(made.tokens, (5 + 9 + 3) + (6 + 4 + 4 + 8) - 7);  // inputs
    const auto of_forget = squares(forget_, c.rows);
    const auto of_retain = squares(retain_, c.rows);
    const ModelFolder before(start_), after(made.folder);
    int64_t dampened = 0, kept = 0;
    for (const auto& [name, sum] : of_forget) {
      const Tensor f = sum / c.forget_gradients;
      const Tensor r = c.against == "all"
                           ? (sum + of_retain.at(name)) /
                                 (c.forget_gradients + c.retain_gradients)
                           : of_retain.at(name) / c.retain_gradients;
      const Tensor chosen = f > r * c.selection;
      const Tensor factor =
          at::where(chosen, (r * c.dampening / f).clamp_max(1), 1.0).cpu();
      const Tensor wanted = before.tensor(name).to(at::kDouble) * factor;
      const Tensor off = (after.tensor(name).to(at::kDouble) - wanted).abs();
      EXPECT_LT(off.max().item<double>(), 1e-6) << name;
      dampened += chosen.sum().item<int64_t>();
      kept += (~chosen).sum().item<int64_t>();
    }
    EXPECT_GT(dampened, 20);
    EXPECT_GT(kept, 20);
  }
}

TEST_F(Weights, SsdRefusesToChangeNothing) {
  EXPECT_THROW(unlearned("ssd", {{"selection", 10.0}}), Error);
}

TEST_F(Weights, TaskVectorGoesBackFromFurtherTraining) {
  // The training that it goes back from.
  class Tuning final : public Method {
    void step(Step& s) const override {
      s.add("forget", 1, [&] { return mean_nll(s.model, s.forget); });
    }
  };
  TestContext context(
      start_, folder_ + "/tuned",
      {&forget_, &retain_, nullptr,
       parse_train_options({{"lr", 0.01}, {"steps", 2}, {"batch", 2}})},
      test_compute());
  const ModelFolder trained(context.train(Tuning()).folder), before(start_);
  for (const double alpha : {1.0, 5.0}) {
    const Unlearned made = unlearned("task_vector", {{"alpha", alpha}});
    EXPECT_EQ(made.steps, 2);
    const ModelFolder after(made.folder);
    double largest = 0;
    for (const TensorEntry& e : before.entries()) {
      const Tensor w = before.tensor(e.name).to(at::kDouble);
      const Tensor vector = trained.tensor(e.name).to(at::kDouble) - w;
      const Tensor off =
          (after.tensor(e.name).to(at::kDouble) - (w - vector * alpha)).abs();
      EXPECT_LT(off.max().item<double>(), 1e-6) << e.name;
      largest = std::max(largest, vector.abs().max().item<double>());
    }
    EXPECT_GT(largest, 0.005);
  }
}

TEST_F(Weights, TaskVectorKeepsTheStoredType) {
  const std::string half = folder_ + "/half";
  save_new_model(*Model::create(config("bfloat16"), test_compute(), 11),
                 config("bfloat16"), "", half);
  start_ = half;
  const ModelFolder before(half);
  const ModelFolder after(unlearned("task_vector", Json::object()).folder);
  EXPECT_EQ(after.entries().size(), before.entries().size());
  for (const TensorEntry& e : after.entries()) {
    EXPECT_EQ(e.dtype, at::kBFloat16) << e.name;
  }
  EXPECT_NE(after.hash(), before.hash());
}

TEST_F(Weights, TaskVectorRefusesTrainingThatChangesNothing) {
  EXPECT_THROW(unlearned("task_vector", Json::object(), 1e-30), Error);
}

}  // namespace
}  // namespace lethe
