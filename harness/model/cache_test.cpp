// Rows computed alone, together, from shared segments and token by token give
// the same logits; scores do not depend on batches or sharing.
#include "harness/model/cache.h"

#include <gtest/gtest.h>

#include "harness/base/rng.h"
#include "harness/generate/generate.h"
#include "harness/model/model.h"
#include "harness/model/test_fixtures.h"
#include "harness/score/score.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

using Ids = std::vector<int64_t>;
using Rows = std::vector<Ids>;

constexpr double kNear = 1e-5;

// Weights are large enough for attention to matter.
Json llama_config() {
  return {{"model_type", "llama"},    {"vocab_size", 53},
          {"hidden_size", 24},        {"num_hidden_layers", 3},
          {"num_attention_heads", 6}, {"num_key_value_heads", 2},
          {"intermediate_size", 40},  {"max_position_embeddings", 64},
          {"initializer_range", 0.3}};
}

Json gpt2_config() {
  return {{"model_type", "gpt2"},
          {"vocab_size", 53},
          {"n_embd", 24},
          {"n_layer", 3},
          {"n_head", 4},
          {"n_positions", 64},
          {"initializer_range", 0.3}};
}

// Windows shorter than the texts, soft caps, norms on both sides.
Json gemma2_config() {
  return {{"model_type", "gemma2"},
          {"vocab_size", 53},
          {"hidden_size", 24},
          {"num_hidden_layers", 3},
          {"num_attention_heads", 4},
          {"num_key_value_heads", 2},
          {"head_dim", 6},
          {"intermediate_size", 40},
          {"max_position_embeddings", 64},
          {"sliding_window", 4},
          {"query_pre_attn_scalar", 6},
          {"attn_logit_softcapping", 2.0},
          {"initializer_range", 0.3}};
}

Json mistral_config() {
  Json json = llama_config();
  json["model_type"] = "mistral";
  json["sliding_window"] = 5;
  return json;
}

Json config_of(const std::string& family) {
  if (family == "gpt2") return gpt2_config();
  if (family == "gemma2") return gemma2_config();
  return family == "mistral" ? mistral_config() : llama_config();
}

Ids random_ids(int64_t count, const std::string& name) {
  Rng rng(7, name);
  Ids ids;
  for (int64_t i = 0; i < count; ++i) {
    ids.push_back(static_cast<int64_t>(rng.below(53)));
  }
  return ids;
}

Ids part(const Ids& ids, size_t begin, size_t end) {
  return {ids.begin() + static_cast<int64_t>(begin),
          ids.begin() + static_cast<int64_t>(end)};
}

// Rounding grows with the numbers.
double near_of(const Tensor& want) {
  return kNear * std::max(1.0, want.abs().max().item<double>());
}

class CacheTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    model_ = Model::create(config_of(GetParam()), test_compute(), 11);
    rows_ = {random_ids(9, "a"), random_ids(14, "b"), random_ids(5, "c"),
             random_ids(14, "d")};
    for (const Ids& row : rows_) {
      alone_.push_back(logits(*model_, batch({row})).detach());
    }
  }

  Ragged batch(const Rows& rows, const Ids& start = {}) const {
    return ragged(rows, model_->device(), start);
  }

  Tensor logits_of(const Ragged& rows, Cache& cache) const {
    return model_->head(model_->hidden(rows, &cache)).detach();
  }

  // Logits [n, V] against tokens begin .. begin + n of a row computed alone.
  void expect_same(const Tensor& got, size_t row, size_t begin) const {
    const Tensor want =
        alone_[row].narrow(0, static_cast<int64_t>(begin), got.size(0));
    EXPECT_LE((got - want).abs().max().item<double>(), near_of(want))
        << "row " << row << " from token " << begin;
  }

  std::shared_ptr<Model> model_;
  Rows rows_;
  std::vector<Tensor> alone_;  // [T, V] of each row
};

TEST_P(CacheTest, ModelTellsOneContextFromAnother) {
  Ids changed = rows_[0];
  changed[0] = (changed[0] + 1) % 53;
  const Tensor other = logits(*model_, batch({changed}));
  EXPECT_GT((other - alone_[0]).select(0, -1).abs().max().item<double>(), 1e-2)
      << "else the other tests could not fail";
}

TEST_P(CacheTest, OneRaggedBatchGivesTheLogitsOfEachRowAlone) {
  const Ragged all = batch(rows_);
  const Tensor got = logits(*model_, all).detach();
  for (size_t b = 0; b < rows_.size(); ++b) {
    const auto i = static_cast<int64_t>(b);
    expect_same(got.narrow(0, all.offsets[b], all.length(i)), b, 0);
  }
}

TEST_P(CacheTest, RowsContinueAChainOfTwoSegments) {
  // Two texts part after four tokens of b, and again after nine.
  const Ids& b = rows_[1];
  Ids sibling = part(b, 0, 9);
  for (const int64_t id : random_ids(5, "sibling")) sibling.push_back(id);
  const Tensor sibling_alone = logits(*model_, batch({sibling})).detach();

  Cache cache(model_->config());
  cache.keep = Cache::Keep::segments;
  expect_same(logits_of(batch({part(b, 0, 4)}), cache), 1, 0);
  const int64_t root = cache.last_segments().front();
  Ragged middle = batch({part(b, 4, 9)}, {4});
  middle.parents = {root};
  expect_same(logits_of(middle, cache), 1, 4);
  const int64_t leaf = cache.last_segments().front();
  EXPECT_EQ(cache.depth(root), 4);
  EXPECT_EQ(cache.depth(leaf), 9);
  EXPECT_EQ(cache.chain(leaf), (Ids{root, leaf}));
  EXPECT_TRUE(cache.chain(-1).empty());

  // Rows of the leaf, of the root and of none stand in one batch.
  cache.keep = Cache::Keep::nothing;
  Ragged rest =
      batch({part(b, 9, 14), part(sibling, 9, 14), part(b, 4, 14), rows_[0]},
            {9, 9, 4, 0});
  rest.parents = {leaf, leaf, root, -1};
  const Tensor got = logits_of(rest, cache);
  expect_same(got.narrow(0, 0, 5), 1, 9);
  EXPECT_LE((got.narrow(0, 5, 5) - sibling_alone.narrow(0, 9, 5))
                .abs()
                .max()
                .item<double>(),
            kNear);
  expect_same(got.narrow(0, 10, 10), 1, 4);
  expect_same(got.narrow(0, 20, 9), 0, 0);
}

TEST_P(CacheTest, TokenByTokenAfterPromptsOfDifferentLengths) {
  const std::vector<size_t> prompt = {3, 8, 1, 6};
  Rows prompts;
  for (size_t b = 0; b < 4; ++b)
    prompts.push_back(part(rows_[b], 0, prompt[b]));
  Cache cache(model_->config());
  cache.keep = Cache::Keep::suffixes;
  const Ragged first = batch(prompts);
  const Tensor got = logits_of(first, cache);
  for (size_t b = 0; b < 4; ++b) {
    const auto i = static_cast<int64_t>(b);
    expect_same(got.narrow(0, first.offsets[b], first.length(i)), b, 0);
  }
  EXPECT_EQ(cache.suffix_length(), 8);
  EXPECT_EQ(cache.suffix_start(), (Ids{5, 0, 7, 2}));
  for (size_t t = 0; t < 4; ++t) {  // row c has no more tokens
    Rows next;
    Ids start;
    for (size_t b = 0; b < 4; ++b) {
      next.push_back({rows_[b][prompt[b] + t]});
      start.push_back(static_cast<int64_t>(prompt[b] + t));
    }
    const Tensor one = logits_of(batch(next, start), cache);
    for (size_t b = 0; b < 4; ++b) {
      expect_same(one.narrow(0, static_cast<int64_t>(b), 1), b, prompt[b] + t);
    }
  }
}

TEST_P(CacheTest, SeveralTokensAtOnceContinueSuffixes) {
  Cache cache(model_->config());
  cache.keep = Cache::Keep::suffixes;
  logits_of(batch({part(rows_[0], 0, 2), part(rows_[1], 0, 5)}), cache);
  const Tensor got = logits_of(
      batch({part(rows_[0], 2, 5), part(rows_[1], 5, 8)}, {2, 5}), cache);
  expect_same(got.narrow(0, 0, 3), 0, 2);
  expect_same(got.narrow(0, 3, 3), 1, 5);
}

TEST_P(CacheTest, SuffixesContinueSegments) {
  // As beams do: the prompt is a segment, each row adds its own tokens.
  Cache cache(model_->config());
  cache.keep = Cache::Keep::segments;
  logits_of(batch({part(rows_[0], 0, 4), part(rows_[1], 0, 7)}), cache);
  const Ids parents = cache.last_segments();
  cache.keep = Cache::Keep::suffixes;
  for (size_t t = 0; t < 4; ++t) {
    const auto step = static_cast<int64_t>(t);
    Ragged next =
        batch({{rows_[0][4 + t]}, {rows_[1][7 + t]}}, {4 + step, 7 + step});
    next.parents = parents;
    const Tensor got = logits_of(next, cache);
    expect_same(got.narrow(0, 0, 1), 0, 4 + t);
    expect_same(got.narrow(0, 1, 1), 1, 7 + t);
  }
}

TEST_P(CacheTest, SelectedSuffixesAreReorderedDroppedAndCopied) {
  Cache cache(model_->config());
  cache.keep = Cache::Keep::suffixes;
  logits_of(
      batch({part(rows_[0], 0, 3), part(rows_[1], 0, 8), part(rows_[3], 0, 6)}),
      cache);
  cache.select_suffixes({2, 0, 0});  // d, a, a
  EXPECT_EQ(cache.suffix_start(), (Ids{2, 5, 5}));
  const Tensor got = logits_of(
      batch({{rows_[3][6]}, {rows_[0][3]}, {rows_[0][3]}}, {6, 3, 3}), cache);
  expect_same(got.narrow(0, 0, 1), 3, 6);
  expect_same(got.narrow(0, 1, 1), 0, 3);
  expect_same(got.narrow(0, 2, 1), 0, 3);
  cache.clear_suffixes();
  EXPECT_FALSE(cache.has_suffixes());
  expect_same(logits_of(batch({rows_[2]}), cache), 2, 0);
}

TEST_P(CacheTest, SuffixesGrowPastTheirFirstBuffer) {
  const Ids text = random_ids(64, "long");  // the whole window
  const Tensor alone = logits(*model_, batch({text})).detach();
  Cache cache(model_->config());
  cache.keep = Cache::Keep::suffixes;
  logits_of(batch({part(text, 0, 1)}), cache);
  for (size_t t = 1; t < text.size(); ++t) {
    const auto place = static_cast<int64_t>(t);
    const Tensor got = logits_of(batch({{text[t]}}, {place}), cache);
    const Tensor want = alone.narrow(0, place, 1);
    ASSERT_LE((got - want).abs().max().item<double>(), near_of(want)) << t;
  }
}

// Two questions with three choices each, two texts alone, one too short.
std::vector<ScoreItem> items() {
  std::vector<ScoreItem> all;
  for (int64_t group = 0; group < 2; ++group) {
    const Ids question = random_ids(12 + group, fmt::format("q{}", group));
    for (int64_t choice = 0; choice < 3; ++choice) {
      Ids ids = question;
      const Ids answer =
          random_ids(1 + 2 * choice, fmt::format("c{}{}", group, choice));
      ids.insert(ids.end(), answer.begin(), answer.end());
      all.push_back({ids, static_cast<int64_t>(question.size())});
    }
  }
  all.push_back({random_ids(17, "t1")});
  all.push_back({random_ids(3, "t2"), 2});
  all.push_back({random_ids(1, "t3")});
  return all;
}

void expect_equal_statistics(const ScoreResult& a, const ScoreResult& b) {
  const auto near = [](const auto& x, const auto& y) {
    ASSERT_EQ(x.size(), y.size());
    for (size_t t = 0; t < x.size(); ++t) EXPECT_NEAR(x[t], y[t], kNear);
  };
  ASSERT_EQ(a.statistics.size(), b.statistics.size());
  for (size_t i = 0; i < a.statistics.size(); ++i) {
    SCOPED_TRACE(i);
    const TokenStatistics &x = *a.statistics[i], &y = *b.statistics[i];
    EXPECT_EQ(x.ids, y.ids);
    EXPECT_EQ(x.score_from, y.score_from);
    near(x.logprobs, y.logprobs);
    near(x.mu, y.mu);
    near(x.sigma, y.sigma);
    near(x.entropy, y.entropy);
    EXPECT_EQ(x.argmax, y.argmax);
    EXPECT_EQ(x.rank, y.rank);
  }
}

TEST_P(CacheTest, SharedQuestionsScoreAsUnsharedOnesForFewerTokens) {
  ScoreOptions alone;
  alone.alone = true;
  const ScoreResult a = score(*model_, items()),
                    b = score(*model_, items(), alone);
  expect_equal_statistics(a, b);
  EXPECT_LT(a.cost.tokens, b.cost.tokens);
  EXPECT_EQ(b.cost.tokens, b.cost.naive_tokens);
  // Both questions once; of the choices' 1, 3 and 5 tokens, whose last is never
  // read, 0, 2 and 4 each; 16 and 2 of the texts alone.
  EXPECT_EQ(a.cost.tokens, (12 + 13) + 2 * (0 + 2 + 4) + 16 + 2);
  EXPECT_EQ(a.cost.naive_tokens, b.cost.naive_tokens);
  GenerateOptions warm;
  warm.temperature = 2;
  alone.sampling = &warm;
  ScoreOptions shared;
  shared.sampling = &warm;
  const ScoreResult drawn = score(*model_, items(), shared);
  expect_equal_statistics(drawn, score(*model_, items(), alone));
  EXPECT_NE(drawn.statistics[0]->logprobs, a.statistics[0]->logprobs);
}

TEST_P(CacheTest, ScoresAreThoseOfTheLogits) {
  const ScoreResult result = score(*model_, items());
  const TokenStatistics& s = *result.statistics[6];
  const Tensor logp = at::log_softmax(
      logits(*model_, batch({s.ids})).detach().to(at::kDouble), 1);
  for (int64_t t = 1; t < 17; ++t) {
    const Tensor row = logp[t - 1];
    const Tensor p = row.exp();
    const auto i = static_cast<size_t>(t - 1);
    const double mu = (p * row).sum().item<double>();
    EXPECT_NEAR(s.logprobs[i], row[s.ids[t]].item<double>(), kNear);
    EXPECT_NEAR(s.mu[i], mu, kNear);
    EXPECT_NEAR(s.sigma[i],
                std::sqrt((p * (row - mu).square()).sum().item<double>()),
                kNear);
    EXPECT_EQ(s.argmax[i], row.argmax().item<int64_t>());
    EXPECT_EQ(s.rank[i], row.gt(row[s.ids[t]]).sum().item<int64_t>());
  }
  EXPECT_EQ(result.statistics[8]->count(), 0u) << "one token scores nothing";
}

TEST_P(CacheTest, ResultsDoNotDependOnBatchTokens) {
  const ScoreResult whole = score(*model_, items());
  for (const int64_t tokens : {1, 20, 40}) {
    ScoreOptions options;
    options.batch_tokens = tokens;
    const ScoreResult parts = score(*model_, items(), options);
    EXPECT_GT(parts.cost.batches, whole.cost.batches);
    EXPECT_EQ(parts.cost.tokens, whole.cost.tokens);
    expect_equal_statistics(parts, whole);
  }
  GenerateOptions options;
  options.max_new_tokens = 12;
  for (const int64_t beams : {1, 3}) {
    options.num_beams = beams;
    options.batch_tokens = 0;
    const Generation together = generate(*model_, rows_, options);
    options.batch_tokens = 1;
    const Generation alone = generate(*model_, rows_, options);
    for (size_t b = 0; b < rows_.size(); ++b) {
      EXPECT_EQ(together.sequences[b][0].ids, alone.sequences[b][0].ids);
      EXPECT_NEAR(together.sequences[b][0].score, alone.sequences[b][0].score,
                  1e-4);
    }
  }
}

TEST_P(CacheTest, TextsLongerThanTheWindowAreCutFromTheLeftAndMarked) {
  const Ids text = random_ids(80, "too long");
  const Ids tail(text.end() - 65, text.end());
  const ScoreResult result = score(*model_, {{text}, {tail}, {text, 79}});
  EXPECT_TRUE(result.statistics[0]->truncated);
  EXPECT_FALSE(result.statistics[1]->truncated) << "the last is never read";
  EXPECT_EQ(result.statistics[0]->ids, tail);
  ASSERT_EQ(result.statistics[0]->count(), 64u);
  ASSERT_EQ(result.statistics[2]->count(), 1u);
  for (size_t t = 0; t < 64; ++t) {
    EXPECT_NEAR(result.statistics[0]->logprobs[t],
                result.statistics[1]->logprobs[t], kNear);
  }
  EXPECT_NEAR(result.statistics[2]->logprobs[0],
              result.statistics[0]->logprobs[63], kNear);
}

INSTANTIATE_TEST_SUITE_P(, CacheTest,
                         testing::Values("llama", "gpt2", "mistral", "gemma2"));

}  // namespace
}  // namespace lethe
