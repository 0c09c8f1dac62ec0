// Two networks as one: what the scoring pass and the decoders say against the
// two models' own logits, combined by hand.
#include "harness/model/ensemble.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "harness/base/error.h"
#include "harness/base/rng.h"
#include "harness/generate/generate.h"
#include "harness/model/test_fixtures.h"
#include "harness/score/score.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

using Ids = std::vector<int64_t>;

std::shared_ptr<const Model> random_model(const Json& changes, uint64_t seed) {
  Json config = {{"model_type", "llama"},
                 {"vocab_size", 23},
                 {"hidden_size", 16},
                 {"num_hidden_layers", 2},
                 {"num_attention_heads", 2},
                 {"intermediate_size", 24},
                 {"max_position_embeddings", 64},
                 {"initializer_range", 0.4}};
  config.update(changes);
  return Model::create(config, test_compute(), seed);
}

// v = a - 2 max(b - a, 0).
Tensor lowered(const Tensor& a, const Tensor& b) {
  return a - (b - a).clamp_min(0) * 2;
}

class EnsembleTest : public testing::Test {
 protected:
  EnsembleTest()
      : first_(random_model(Json::object(), 1)),
        // Another width, depth and number of heads.
        second_(random_model({{"hidden_size", 24},
                              {"num_hidden_layers", 3},
                              {"num_attention_heads", 3},
                              {"num_key_value_heads", 1},
                              {"max_position_embeddings", 48}},
                             2)),
        both_(ensemble(first_, second_, lowered)) {}

  // [T, V] by whole passes of both models, on the CPU.
  Tensor naive_logits(const Ids& ids) const {
    const at::NoGradGuard guard;
    const Ragged rows = ragged({ids}, first_->device());
    return lowered(logits(*first_, rows), logits(*second_, rows)).cpu();
  }

  static std::vector<ScoreItem> items() {
    Rng rng(5, "ensemble");
    std::vector<ScoreItem> all;
    const Ids shared = {3, 1, 4, 1, 5, 9, 2, 6};
    for (int64_t i = 0; i < 9; ++i) {
      Ids ids = i % 3 == 0 ? Ids() : shared;
      for (int64_t t = 0; t < 3 + i; ++t) {
        ids.push_back(static_cast<int64_t>(rng.below(23)));
      }
      all.push_back({ids, i % 3 == 0 ? 1 : 8});
    }
    return all;
  }

  void expect_naive(const ScoreItem& item, const TokenStatistics& got) const {
    const Tensor logp =
        at::log_softmax(naive_logits(item.ids), -1).contiguous();
    const float* values = logp.const_data_ptr<float>();
    ASSERT_EQ(got.count(), item.ids.size() - item.score_from);
    for (size_t i = 0; i < got.count(); ++i) {
      const size_t t = i + static_cast<size_t>(item.score_from);
      const float* row = values + (t - 1) * 23;
      double mu = 0, square = 0;
      int64_t best = 0, rank = 0;
      for (int64_t v = 0; v < 23; ++v) {
        mu += std::exp(row[v]) * row[v];
        if (row[v] > row[best]) best = v;
        rank += row[v] > row[item.ids[t]] ? 1 : 0;
      }
      for (int64_t v = 0; v < 23; ++v) {
        square += std::exp(row[v]) * (row[v] - mu) * (row[v] - mu);
      }
      EXPECT_NEAR(got.logprobs[i], row[item.ids[t]], 1e-5);
      EXPECT_NEAR(got.mu[i], mu, 1e-5);
      EXPECT_NEAR(got.entropy[i], -mu, 1e-5);
      EXPECT_NEAR(got.sigma[i], std::sqrt(square), 1e-5);
      EXPECT_EQ(got.argmax[i], best);
      EXPECT_EQ(got.rank[i], rank);
    }
  }

  std::shared_ptr<const Model> first_, second_, both_;
};

TEST_F(EnsembleTest, ScoresTokensByTheLogitsOfBoth) {
  for (const int64_t budget : {0, 20}) {  // one batch; segments and batches
    for (const bool alone : {false, true}) {
      ScoreOptions options;
      options.batch_tokens = budget;
      options.alone = alone;
      const ScoreResult result = score(*both_, items(), options);
      for (size_t i = 0; i < items().size(); ++i) {
        SCOPED_TRACE(i);
        expect_naive(items()[i], *result.statistics[i]);
      }
    }
  }
  // The second model changes them.
  const float one = score(*first_, items()).statistics[0]->logprobs[0];
  EXPECT_NE(score(*both_, items()).statistics[0]->logprobs[0], one);
}

TEST_F(EnsembleTest, GreedyAnswersAreThoseOfANaiveLoop) {
  const Prompts prompts = {{1, 2, 3}, {4, 5, 6, 7, 8, 9, 10}, {11}};
  GenerateOptions options;
  options.max_new_tokens = 12;
  const Generation found = generate(*both_, prompts, options);
  bool differs = false;
  const Generation alone = generate(*first_, prompts, options);
  for (size_t p = 0; p < prompts.size(); ++p) {
    Ids ids = prompts[p];
    for (int t = 0; t < 12; ++t) {
      ids.push_back(
          to_ints(naive_logits(ids).select(0, -1).argmax().view({1})).front());
    }
    const Ids fresh(ids.begin() + static_cast<int64_t>(prompts[p].size()),
                    ids.end());
    EXPECT_EQ(found.sequences[p].front().ids, fresh) << p;
    differs = differs || alone.sequences[p].front().ids != fresh;
  }
  EXPECT_TRUE(differs) << "the second model changed nothing";
}

// Beams move the suffixes of both caches: a score that is the sum of the
// log-probs says that both are where they should be.
TEST_F(EnsembleTest, BeamsAndDrawsKeepBothCachesInStep) {
  const Prompts prompts = {{1, 2, 3}, {4, 5, 6, 7, 8, 9, 10}, {11}};
  GenerateOptions beams;
  beams.max_new_tokens = 9;
  beams.num_beams = beams.num_return_sequences = 4;
  beams.length_penalty = 0;
  GenerateOptions draws;
  draws.max_new_tokens = 9;
  draws.do_sample = true;
  draws.num_return_sequences = 3;
  draws.eos_ids = {7};  // some rows end early
  for (const GenerateOptions& options : {beams, draws}) {
    const Generation found = generate(*both_, prompts, options);
    for (size_t p = 0; p < prompts.size(); ++p) {
      EXPECT_GE(found.sequences[p].size(), 3U);
      for (const Sequence& s : found.sequences[p]) {
        ScoreItem item{prompts[p], static_cast<int64_t>(prompts[p].size())};
        item.ids.insert(item.ids.end(), s.ids.begin(), s.ids.end());
        EXPECT_NEAR(s.score, score(*both_, {item}).statistics[0]->sum_logprob(),
                    1e-4);
      }
    }
  }
}

TEST_F(EnsembleTest, OfTheFirstAloneIsTheFirstToTheBit) {
  const auto only = ensemble(
      first_, second_,
      [](const Tensor& a, const Tensor& b) { return lowered(a, a) + 0 * b; });
  const auto a = score(*first_, items()).statistics;
  const auto b = score(*only, items()).statistics;
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i]->logprobs, b[i]->logprobs);
    EXPECT_EQ(a[i]->sigma, b[i]->sigma);
  }
  GenerateOptions beams;
  beams.num_beams = 3;
  beams.max_new_tokens = 7;
  const Prompts prompts = {{1, 2, 3}, {11}};
  const Generation x = generate(*first_, prompts, beams),
                   y = generate(*only, prompts, beams);
  for (size_t p = 0; p < prompts.size(); ++p) {
    EXPECT_EQ(x.sequences[p].front().ids, y.sequences[p].front().ids);
    EXPECT_EQ(x.sequences[p].front().score, y.sequences[p].front().score);
  }
}

TEST_F(EnsembleTest, ChangesTheLayersOfBoth) {
  const auto half = [](const Linear& l) { return l.weight * 0.5; };
  const auto changed = both_->with_linear_weights(half);
  const auto by_hand = ensemble(first_->with_linear_weights(half),
                                second_->with_linear_weights(half), lowered);
  const auto got = score(*changed, items()).statistics;
  const auto want = score(*by_hand, items()).statistics;
  const auto before = score(*both_, items()).statistics;
  for (size_t i = 0; i < got.size(); ++i) {
    EXPECT_EQ(got[i]->logprobs, want[i]->logprobs);
    EXPECT_NE(got[i]->logprobs, before[i]->logprobs);
  }
}

TEST_F(EnsembleTest, ReadsWhatTheShorterWindowHolds) {
  EXPECT_EQ(both_->config().max_positions, 48);
  EXPECT_EQ(both_->networks(), 2);
  EXPECT_EQ(first_->networks(), 1);
}

TEST_F(EnsembleTest, RefusesWhatDoesNotJoin) {
  EXPECT_THROW(ensemble(first_, random_model({{"vocab_size", 24}}, 3), lowered),
               Error);
  EXPECT_THROW(ensemble(both_, second_, lowered), Error);
}

}  // namespace
}  // namespace lethe
