// Batches of rows: every row once, within the budget, longest first.
#include "harness/score/embed.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <set>

#include "harness/base/files.h"
#include "harness/model/test_fixtures.h"
#include "harness/score/oom.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

TEST(Embed, EveryRowComesOnceWithTheNumbersOfARowAlone) {
  LETHE_NEEDS_FIXTURES();
  const auto encoder =
      Encoder::load(ModelFolder(fixtures() + "/models/bert"), test_compute());
  const std::vector<EncoderRow> rows = {{{5, 6, 7}, {}},
                                        {{9}, {}},
                                        {{1, 2, 3, 4, 5}, {0, 0, 1, 1, 1}},
                                        {{7, 6, 5}, {1, 1, 1}},
                                        {{11, 12}, {}}};
  EmbedOptions options;
  options.layers = {3, 1};
  options.batch_tokens = 6;
  int64_t tokens = 0;
  options.progress = [&](int64_t count) { tokens += count; };
  std::vector<size_t> order;
  embed(*encoder, rows, options, [&](const EmbeddedBatch& batch) {
    ASSERT_EQ(batch.states.size(), 2u);
    EXPECT_LE(batch.offsets.back(), 6);
    for (size_t b = 0; b < batch.rows.size(); ++b) {
      const EncoderRow& row = rows[batch.rows[b]];
      order.push_back(batch.rows[b]);
      const auto length = static_cast<int64_t>(row.ids.size());
      ASSERT_EQ(batch.offsets[b + 1] - batch.offsets[b], length);
      const std::vector<Tensor> alone = encoder->hidden_states(
          ragged({row.ids}, encoder->device()),
          row.types.empty() ? Tensor()
                            : int_tensor(row.types, encoder->device()),
          options.layers);
      for (size_t l = 0; l < 2; ++l) {
        EXPECT_TRUE(
            at::allclose(batch.states[l].narrow(0, batch.offsets[b], length),
                         alone[l], 1e-5, 1e-5));
      }
    }
  });
  EXPECT_EQ(order, (std::vector<size_t>{2, 0, 3, 4, 1}));
  EXPECT_EQ(tokens, 14);
}

TEST(InBatches, HalvesABatchThatDoesNotFit) {
  std::vector<std::pair<size_t, size_t>> tried;
  int64_t done = 0;
  in_batches(
      {4, 3, 3, 2}, 100,
      [&](size_t begin, size_t end) {
        tried.emplace_back(begin, end);
        if (end - begin > 2) throw std::bad_alloc();
      },
      [&](int64_t tokens) { done += tokens; });
  EXPECT_EQ(tried, (std::vector<std::pair<size_t, size_t>>{
                       {0, 4}, {0, 1}, {1, 3}, {3, 4}}));
  EXPECT_EQ(done, 12);
}

}  // namespace
}  // namespace lethe
