// A small model, the model as it was, and batches of forget, retain and other
// answers, for tests of losses.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "harness/base/registry.h"
#include "harness/base/rng.h"
#include "harness/model/test_fixtures.h"
#include "harness/train/test_step.h"

namespace lethe {

// Rows of several lengths, so that no batch stands in the order of its keys.
class PairTest : public testing::Test {
 protected:
  static constexpr int64_t kVocab = 23;

  void SetUp() override {
    model_ = fresh(7);
    original_ = fresh(8);
    forget_ = batch({5, 9, 3}, Side::forget);
    retain_ = batch({6, 4, 4}, Side::retain);
    alternate_ = batch({8, 4, 6}, Side::alternate);
  }

  static std::shared_ptr<Model> fresh(uint64_t seed) {
    const Json config = {
        {"model_type", "llama"},    {"vocab_size", kVocab},
        {"hidden_size", 8},         {"num_hidden_layers", 2},
        {"num_attention_heads", 2}, {"num_key_value_heads", 1},
        {"intermediate_size", 12},  {"max_position_embeddings", 32},
        {"initializer_range", 0.4}, {"head_dim", 4}};
    return Model::create(config, test_compute(), seed);
  }

  Batch batch(const std::vector<int64_t>& lengths, Side side) const {
    Rng rng(1, std::to_string(static_cast<int>(side)));
    Examples all;
    std::vector<int64_t> keys;
    for (const int64_t length : lengths) {
      Example e;
      for (int64_t t = 0; t < length; ++t) {
        e.ids.push_back(static_cast<int64_t>(rng.below(kVocab)));
      }
      keys.push_back(static_cast<int64_t>(all.size()));
      all.push_back(e);
    }
    TrainingSet set(all, parse_train_options(Json::object()), 32, {22});
    set.side = side;
    return make_batch(set, keys, model_->device());
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
