// Features for MAUVE against mauve-text 0.4.0's of models/gpt2, 1e-4.
#include <gtest/gtest.h>

#include "harness/base/json.h"
#include "harness/model/safetensors.h"
#include "harness/model/test_fixtures.h"
#include "harness/score/last_states.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

class LastStatesParity : public testing::Test {
 protected:
  void SetUp() override {
    LETHE_NEEDS_FIXTURES();
    const std::string folder = fixtures() + "/metrics/";
    rows_ = read_json(folder + "mauve.json")["featurize_ids"];
    golden_ = Safetensors::open(folder + "mauve_gpt2_features.safetensors")
                  ->tensor("features")
                  .clone();
    model_ =
        Model::load(ModelFolder(fixtures() + "/models/gpt2"), test_compute());
  }

  double distance(const LastStateOptions& options) const {
    const Tensor states = last_states(*model_, rows_, options);
    EXPECT_EQ(states.sizes(), golden_.sizes());
    return (states - golden_).abs().max().item<double>();
  }

  std::vector<std::vector<int64_t>> rows_;
  Tensor golden_;
  std::shared_ptr<const Model> model_;
};

TEST_F(LastStatesParity, EqualThePeersFeatures) {
  ASSERT_EQ(rows_.size(), 24);
  EXPECT_LT(distance({}), 1e-4);
}

TEST_F(LastStatesParity, AreTheSameInSmallBatches) {
  EXPECT_LT(distance({.batch_tokens = 1, .progress = nullptr}), 1e-4);
}

TEST_F(LastStatesParity, RefuseIdsOutsideTheVocabulary) {
  EXPECT_THROW(last_states(*model_, {{1, 2}, {1'000'000}}), Error);
}

}  // namespace
}  // namespace lethe
