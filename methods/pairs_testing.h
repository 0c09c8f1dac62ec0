// A small model, the model as it was, and batches of forget, retain and other
// answers, for tests of losses.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <numeric>
#include <string>
#include <vector>

#include "harness/base/registry.h"
#include "harness/train/test_step.h"
#include "harness/train/tiny_training.h"

namespace lethe {

// Rows of several lengths, so that no batch stands in the order of its keys.
class PairTest : public testing::Test {
 protected:
  void SetUp() override {
    model_ = fresh(7);
    original_ = fresh(8);
    forget_ = batch({5, 9, 3}, Side::forget);
    retain_ = batch({6, 4, 4}, Side::retain);
    alternate_ = batch({8, 4, 6}, Side::alternate);
  }

  static std::shared_ptr<Model> fresh(uint64_t seed) {
    return Model::create(small_llama(), test_compute(), seed);
  }

  Batch batch(const std::vector<int64_t>& lengths, Side side) const {
    Ids keys(lengths.size());
    std::iota(keys.begin(), keys.end(), 0);
    return make_batch(
        small_rows(lengths, std::to_string(static_cast<int>(side)), side), keys,
        model_->device());
  }

  TestStep stepped(const std::string& method, const Json& options) {
    for (const auto& [name, tensor] : model_->parameters()) {
      if (tensor.grad().defined()) Tensor(tensor.grad()).zero_();
    }
    TestStep step(*model_, {forget_, retain_, alternate_}, original_.get());
    Registry<Method>::make(method, options)->step(step);
    return step;
  }

  // -log p of the supervised tokens of every row, by its key.
  static std::map<int64_t, std::vector<double>> nll(const Model& model,
                                                    const Batch& batch) {
    const at::NoGradGuard no_gradients;
    const std::vector<float> all = to_floats(token_nll(model, batch));
    const std::vector<int64_t> row = to_ints(batch.row_of);
    std::map<int64_t, std::vector<double>> found;
    for (size_t i = 0; i < all.size(); ++i) {
      found[batch.keys[static_cast<size_t>(row[i])]].push_back(all[i]);
    }
    return found;
  }

  // log p - log p_original of each row, in the order of the keys.
  std::vector<double> changes(const Batch& batch) const {
    std::vector<double> all;
    const auto before = nll(*original_, batch);
    for (const auto& [key, after] : nll(*model_, batch)) {
      double change = 0;
      for (const double one : before.at(key)) change += one;
      for (const double one : after) change -= one;
      all.push_back(change);
    }
    return all;
  }

  // The mean over the tokens, and over the rows of their means.
  static double token_mean(const Model& model, const Batch& batch) {
    double sum = 0, count = 0;
    for (const auto& [key, row] : nll(model, batch)) {
      for (const double one : row) sum += one;
      count += static_cast<double>(row.size());
    }
    return sum / count;
  }
  static double row_mean(const Model& model, const Batch& batch) {
    double sum = 0, rows = 0;
    for (const auto& [key, row] : nll(model, batch)) {
      double own = 0;
      for (const double one : row) own += one;
      sum += own / static_cast<double>(row.size());
      ++rows;
    }
    return sum / rows;
  }

  std::vector<float> gradients() const {
    std::vector<float> all;
    for (const auto& [name, tensor] : model_->parameters()) {
      if (!tensor.grad().defined()) continue;
      const std::vector<float> own = to_floats(tensor.grad().flatten());
      all.insert(all.end(), own.begin(), own.end());
    }
    return all;
  }

  std::shared_ptr<Model> model_, original_;
  Batch forget_, retain_, alternate_;
};

}  // namespace lethe
