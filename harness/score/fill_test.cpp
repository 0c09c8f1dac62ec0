// Fills beside the peer's logits (harness/oracle/masked_lm.py).
#include "harness/score/fill.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "harness/base/json.h"
#include "harness/model/test_fixtures.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

constexpr int64_t kRows = 60;  // of the vocabulary

class Fill : public testing::Test {
 protected:
  void SetUp() override {
    const std::string folder = std::string(LETHE_SOURCE_DIR) +
                               "/harness/model/testdata/masked_lm/distilbert";
    model_ = MaskedLm::load(ModelFolder(folder), test_compute());
    const Json golden = read_json(folder + "/golden.json");
    ids_ = golden["ids"].get<std::vector<int64_t>>();
    at_ = golden["at"];
    factors_ = golden["factors"].get<std::vector<float>>();
    logits_ = Safetensors::open(folder + "/golden.safetensors");
  }

  // All places of the text, then one with a changed embedding.
  FillJob job(int64_t candidates) const {
    FillJob job;
    job.candidates = candidates;
    job.sizes.assign(ids_.size() + 1, static_cast<int64_t>(ids_.size()));
    job.row = [this](size_t i) {
      if (i == ids_.size())
        return FillRow{ids_, static_cast<int64_t>(at_), factors_};
      return FillRow{ids_, static_cast<int64_t>(i), {}};
    };
    return job;
  }

  std::vector<float> shares(size_t row) const {
    const bool changed = row == ids_.size();
    return to_floats(
        logits_->tensor(changed ? "scaled" : "logits")[changed ? at_ : row]
            .softmax(0));
  }

  int64_t own(size_t row) const { return ids_[row == ids_.size() ? at_ : row]; }

  std::shared_ptr<const MaskedLm> model_;
  std::vector<int64_t> ids_;
  size_t at_ = 0;
  std::vector<float> factors_;
  std::shared_ptr<const Safetensors> logits_;
};

TEST_F(Fill, GivesTheLikeliestOthersWithTheirProbabilities) {
  const std::vector<MaskFill> found = fill(*model_, job(4));
  ASSERT_EQ(found.size(), ids_.size() + 1);
  for (size_t row = 0; row < found.size(); ++row) {
    const std::vector<float> p = shares(row);
    std::vector<size_t> order(p.size());
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(),
              [&](size_t a, size_t b) { return p[a] > p[b]; });
    std::erase(order, static_cast<size_t>(own(row)));
    ASSERT_EQ(found[row].ids.size(), 4u);
    for (size_t k = 0; k < 4; ++k) {
      EXPECT_EQ(found[row].ids[k], static_cast<int64_t>(order[k]));
      EXPECT_NEAR(found[row].probabilities[k], p[order[k]], 1e-4);
    }
    EXPECT_NEAR(found[row].own, p[static_cast<size_t>(own(row))], 1e-4);
  }
}

// One row a batch gives the same numbers as all together.
TEST_F(Fill, DoesNotDependOnTheBatch) {
  FillJob alone = job(5);
  alone.batch_tokens = 1;
  const std::vector<MaskFill> one = fill(*model_, alone);
  const std::vector<MaskFill> all = fill(*model_, job(5));
  for (size_t row = 0; row < all.size(); ++row) {
    EXPECT_EQ(one[row].ids, all[row].ids);
    EXPECT_NEAR(one[row].own, all[row].own, 1e-6);
  }
}

TEST_F(Fill, AVocabularyMayHaveFewerThanAreWanted) {
  FillJob most = job(100);
  most.banned = {0, 1, 7};
  for (const MaskFill& one : fill(*model_, most)) {
    const std::set<int64_t> ids(one.ids.begin(), one.ids.end());
    EXPECT_EQ(ids.size(), one.ids.size());
    for (const int64_t id : most.banned) EXPECT_EQ(ids.count(id), 0u);
    EXPECT_GE(one.ids.size(), static_cast<size_t>(kRows - 4));
    EXPECT_LE(one.ids.size(), static_cast<size_t>(kRows - 3));
  }
}

TEST_F(Fill, WithoutRowsThereIsNothing) {
  EXPECT_TRUE(fill(*model_, FillJob()).empty());
}

// Longer than the window of 34.
TEST_F(Fill, RefusesARowThatDoesNotFit) {
  FillJob longer;
  longer.sizes = {40};
  longer.row = [](size_t) {
    return FillRow{std::vector<int64_t>(40, 5), 3, {}};
  };
  EXPECT_THROW(fill(*model_, longer), Error);
}

}  // namespace
}  // namespace lethe
