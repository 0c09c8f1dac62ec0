// The likeliest tokens of rows, against the library's own.
#include "harness/generate/top_tokens.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "harness/model/test_fixtures.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

using Ids = std::vector<int64_t>;

TopTokens top(const Tensor& logits, int64_t k, const Ids& banned = {}) {
  return top_tokens(logits, log_sums(logits), k, banned);
}

TEST(TopTokens, AreTheLibrarysWithItsLogProbs) {
  const Compute compute = test_compute();
  const Tensor logits =
      at::linspace(0, 900, 3 * 1003).sin().mul(5).view({3, 1003});
  const TopTokens got = top(logits.to(compute.device), 70);
  const auto [values, ids] = at::log_softmax(logits, -1).topk(70, -1);
  EXPECT_EQ(to_ints(got.ids), to_ints(ids));
  EXPECT_LT((got.logprobs.cpu() - values).abs().max().item<float>(), 1e-5F);
  EXPECT_EQ(to_ints(got.select({2, 2}).ids),
            to_ints(ids.slice(0, 2, 3).expand({2, 70}).contiguous()));
}

TEST(TopTokens, OfEqualOnesTheLowestIds) {
  Tensor logits = at::zeros({1, 500});
  logits.select(1, 400).fill_(1);
  EXPECT_EQ(to_ints(top(logits, 4).ids), (Ids{400, 0, 1, 2}));
}

TEST(TopTokens, BannedOnesComeLastAndLeaveTheOthersAlone) {
  const Tensor logits =
      at::arange(6, at::TensorOptions(at::kFloat)).view({1, 6});
  const TopTokens all = top(logits, 6), some = top(logits, 6, {5, 0});
  EXPECT_EQ(to_ints(some.ids), (Ids{4, 3, 2, 1, 0, 5}));
  const auto before = to_floats(all.logprobs), after = to_floats(some.logprobs);
  for (size_t i = 0; i < 4; ++i) EXPECT_EQ(after[i], before[i + 1]);
  EXPECT_EQ(after[4], -std::numeric_limits<float>::infinity());
  EXPECT_EQ(to_ints(top(logits, 2, {5, 0}).ids), (Ids{4, 3}));
}

TEST(TopTokens, OfARowThatIsNotFiniteNoneIsPossible) {
  Tensor logits = at::ones({2, 200});
  logits.select(0, 1).select(0, 100).fill_(std::nan(""));
  const auto logprobs = to_floats(top(logits, 2).logprobs);
  EXPECT_NEAR(logprobs[0], -std::log(200.0), 1e-5);
  EXPECT_EQ(logprobs[2], -std::numeric_limits<float>::infinity());
  EXPECT_EQ(logprobs[3], -std::numeric_limits<float>::infinity());
}

}  // namespace
}  // namespace lethe
