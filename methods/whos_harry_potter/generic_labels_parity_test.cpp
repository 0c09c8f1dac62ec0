// The generic logits of trainer.json, to 1e-5.
#include <gtest/gtest.h>

#include "harness/base/json.h"
#include "harness/model/test_fixtures.h"
#include "harness/tensor/ops.h"
#include "methods/whos_harry_potter/generic_labels.h"

namespace lethe {
namespace {

TEST(GenericLabelsParity, AreThoseOfTheFixture) {
  LETHE_NEEDS_FIXTURES();
  const Json golden = read_json(fixtures() + "/metrics/trainer.json");
  const auto baseline =
      Model::load(ModelFolder(fixtures() + "/models/llama"), test_compute());
  const auto reinforced = Model::load(
      ModelFolder(fixtures() + "/metrics/llama-ref"), test_compute());
  const auto ids =
      golden["forget_batch"]["input_ids"][0].get<std::vector<int64_t>>();
  const Json& values = golden["values"];
  const at::NoGradGuard guard;
  const Ragged row = ragged({ids}, baseline->device());
  const Tensor v =
      generic_logits(logits(*baseline, row), logits(*reinforced, row), 1.5);
  const double sum = v.to(at::kDouble).sum().item<double>();
  const auto want = values["whp_generic_logit_sum_row0"].get<double>();
  EXPECT_NEAR(sum, want, 1e-5 * std::abs(want));
  // Places 1.. of the block are labels; what follows its end is none.
  GenericBlock block;
  block.ids = block.translated = ids;
  for (size_t t = 0; t < ids.size(); ++t) {
    block.places.push_back(static_cast<int64_t>(t));
  }
  const auto labels =
      generic_labels(*baseline, reinforced.get(), {block}, {1.5, 0});
  const auto argmax =
      values["whp_generic_argmax_row0"].get<std::vector<int64_t>>();
  ASSERT_GE(argmax.size() + 1, ids.size());
  for (size_t t = 1; t < ids.size(); ++t) {
    EXPECT_EQ(labels[0][t].id, argmax[t - 1]) << t;
  }
}

}  // namespace
}  // namespace lethe
