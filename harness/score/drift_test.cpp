// Drift: by the formula on whole logits, for any batches; what is refused.
#include "harness/score/drift.h"

#include <gtest/gtest.h>

#include "harness/base/error.h"
#include "harness/model/test_fixtures.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

std::shared_ptr<Model> tiny(uint64_t seed, int64_t vocab = 37,
                            int64_t window = 16) {
  const Json config = {
      {"model_type", "llama"},    {"vocab_size", vocab},
      {"hidden_size", 8},         {"num_hidden_layers", 2},
      {"num_attention_heads", 2}, {"num_key_value_heads", 1},
      {"intermediate_size", 12},  {"max_position_embeddings", window},
      {"initializer_range", 0.5}};
  return Model::create(config, test_compute(), seed);
}

const std::vector<ScoreItem>& items() {
  static const std::vector<ScoreItem> all = {
      {{1, 2, 3, 4, 5}, 1}, {{7, 8}, 1}, {{9}, 1}, {{1, 2, 30, 31, 3, 4}, 3}};
  return all;
}

Tensor logprobs(const Model& model, const std::vector<int64_t>& ids) {
  const std::vector<int64_t> inputs(ids.begin(), ids.end() - 1);
  const Tensor states = model.hidden(ragged({inputs}, model.device()));
  return model.head(states).to(at::kDouble).log_softmax(1).cpu();
}

TEST(Drift, IsTheFormulaOnWholeLogits) {
  const c10::InferenceMode inference;
  const auto model = tiny(3), base = tiny(4);
  const auto drifts = drift(*model, *base, items());
  ASSERT_EQ(drifts.size(), items().size());
  EXPECT_TRUE(drifts[2]->kl.empty());
  for (const size_t i : {0, 1, 3}) {
    const ScoreItem& item = items()[i];
    const Tensor q = logprobs(*model, item.ids), p = logprobs(*base, item.ids);
    const TokenDrift& d = *drifts[i];
    ASSERT_EQ(d.kl.size(), item.ids.size() - item.score_from);
    EXPECT_FALSE(d.truncated);
    for (size_t t = 0; t < d.kl.size(); ++t) {
      const auto row = static_cast<int64_t>(t) + item.score_from - 1;
      const Tensor kl = (p[row].exp() * (p[row] - q[row])).sum();
      EXPECT_NEAR(d.kl[t], kl.item<double>(), 1e-5);
      EXPECT_EQ(d.same_top[t] == 1, p[row].argmax().item<int64_t>() ==
                                        q[row].argmax().item<int64_t>());
      const int64_t id = item.ids[static_cast<size_t>(row) + 1];
      EXPECT_NEAR(d.logprobs[t], q[row][id].item<double>(), 1e-5);
      EXPECT_NEAR(d.base_logprobs[t], p[row][id].item<double>(), 1e-5);
    }
  }
}

TEST(Drift, OfAModelFromItselfIsNothing) {
  const auto model = tiny(3);
  for (const auto& d : drift(*model, *model, items())) {
    for (const float kl : d->kl) EXPECT_EQ(kl, 0);
    for (const int64_t same : d->same_top) EXPECT_EQ(same, 1);
  }
}

TEST(Drift, DoesNotDependOnTheBatches) {
  const auto model = tiny(3), base = tiny(4);
  const auto whole = drift(*model, *base, items());
  ScoreOptions small;
  small.batch_tokens = 3;
  const auto parts = drift(*model, *base, items(), small);
  for (size_t i = 0; i < whole.size(); ++i) {
    ASSERT_EQ(whole[i]->kl.size(), parts[i]->kl.size());
    for (size_t t = 0; t < whole[i]->kl.size(); ++t) {
      EXPECT_NEAR(whole[i]->kl[t], parts[i]->kl[t], 1e-5);
    }
  }
}

TEST(Drift, CutsToTheShorterWindow) {
  const auto model = tiny(3), base = tiny(4, 37, 4);
  const auto all = drift(*model, *base, {{{1, 2, 3, 4, 5, 6, 7}, 1}});
  EXPECT_TRUE(all[0]->truncated);
  EXPECT_EQ(all[0]->kl.size(), 4u);
  const auto cut = drift(*model, *base, {{{3, 4, 5, 6, 7}, 1}});
  EXPECT_EQ(all[0]->kl, cut[0]->kl);
}

TEST(Drift, WantsOneVocabulary) {
  EXPECT_THROW(drift(*tiny(3), *tiny(4, 38), items()), Error);
  EXPECT_THROW(drift(*tiny(3), *tiny(4), {{{1, 37}, 1}}), Error);
}

}  // namespace
}  // namespace lethe
