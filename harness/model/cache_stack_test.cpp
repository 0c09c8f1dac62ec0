// Rows that continue several equally long segments are one batched product:
// they give the logits of each text computed alone.
#include <gtest/gtest.h>

#include "harness/base/rng.h"
#include "harness/model/model.h"
#include "harness/model/test_fixtures.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

using Ids = std::vector<int64_t>;

Ids random_ids(int64_t count, const std::string& name) {
  Rng rng(13, name);
  Ids ids;
  for (int64_t i = 0; i < count; ++i) {
    ids.push_back(static_cast<int64_t>(rng.below(53)));
  }
  return ids;
}

Ids joined(const Ids& a, const Ids& b) {
  Ids all = a;
  all.insert(all.end(), b.begin(), b.end());
  return all;
}

// Few-shot examples (3 tokens), questions that continue them, and two
// continuations of each question.
class CacheStack : public testing::Test {
 protected:
  void SetUp() override {
    model_ = Model::create({{"model_type", "llama"},
                            {"vocab_size", 53},
                            {"hidden_size", 24},
                            {"num_hidden_layers", 3},
                            {"num_attention_heads", 6},
                            {"num_key_value_heads", 2},
                            {"intermediate_size", 40},
                            {"max_position_embeddings", 64},
                            {"initializer_range", 0.3}},
                           test_compute(), 11);
    cache_ = std::make_unique<Cache>(model_->config());
  }

  // Segments of the questions, children of the shared segment if there is one.
  Ids store(const std::vector<int64_t>& lengths, bool few_shot) {
    cache_->keep = Cache::Keep::segments;
    int64_t root = -1;
    if (few_shot) {
      shots_ = random_ids(3, "shots");
      model_->hidden(ragged({shots_}, model_->device()), cache_.get());
      root = cache_->last_segments().front();
    }
    questions_.clear();
    for (size_t q = 0; q < lengths.size(); ++q) {
      questions_.push_back(random_ids(lengths[q], fmt::format("q{}", q)));
    }
    const auto start = static_cast<int64_t>(shots_.size());
    Ragged rows =
        ragged(questions_, model_->device(), Ids(questions_.size(), start));
    if (few_shot) rows.parents = Ids(questions_.size(), root);
    model_->hidden(rows, cache_.get());
    return cache_->last_segments();
  }

  // The rows' continuations in steps of `step` tokens, against each text alone.
  void expect_same(const Ids& segments, const Ids& of_row, int64_t step) {
    cache_->keep = Cache::Keep::suffixes;
    std::vector<Ids> texts, tails;
    Ids parents, begin;
    for (size_t r = 0; r < of_row.size(); ++r) {
      const Ids& question = questions_[of_row[r]];
      tails.push_back(random_ids(4, fmt::format("tail{}", r)));
      texts.push_back(joined(joined(shots_, question), tails.back()));
      parents.push_back(segments[of_row[r]]);
      begin.push_back(static_cast<int64_t>(shots_.size() + question.size()));
    }
    for (int64_t t = 0; t < 4; t += step) {
      std::vector<Ids> next;
      Ids start;
      for (size_t r = 0; r < tails.size(); ++r) {
        next.emplace_back(tails[r].begin() + t, tails[r].begin() + t + step);
        start.push_back(begin[r] + t);
      }
      Ragged rows = ragged(next, model_->device(), start);
      rows.parents = parents;
      const Tensor got = model_->head(model_->hidden(rows, cache_.get()));
      for (size_t r = 0; r < tails.size(); ++r) {
        const Tensor alone =
            logits(*model_, ragged({texts[r]}, model_->device()));
        const Tensor want = alone.narrow(0, start[r], step);
        const Tensor mine = got.narrow(0, static_cast<int64_t>(r) * step, step);
        EXPECT_LE((mine - want).abs().max().item<float>(), 1e-5F)
            << "row " << r << " token " << t;
      }
    }
  }

  std::shared_ptr<Model> model_;
  std::unique_ptr<Cache> cache_;
  Ids shots_;
  std::vector<Ids> questions_;
};

TEST_F(CacheStack, EqualSegmentsLieInOneBlock) {
  const Ids segments = store({5, 5, 5, 7, 7}, false);
  EXPECT_TRUE(cache_->stacks(segments[0], segments[1]));
  EXPECT_TRUE(cache_->stacks(segments[1], segments[2]));
  EXPECT_FALSE(cache_->stacks(segments[2], segments[3])) << "another length";
  EXPECT_TRUE(cache_->stacks(segments[3], segments[4]));
  EXPECT_FALSE(cache_->stacks(segments[0], segments[2])) << "one between";
  EXPECT_FALSE(cache_->stacks(segments[1], segments[0])) << "backwards";
  EXPECT_EQ(cache_->stacked_keys(segments[1], 2, 0).sizes(),
            (std::vector<int64_t>{2, 2, 5, 4}));
}

TEST_F(CacheStack, BeamsOfSeveralPrompts) {
  expect_same(store({5, 5, 5}, false), {0, 0, 1, 1, 2, 2}, 1);
}

TEST_F(CacheStack, BelowSharedExamples) {
  expect_same(store({5, 5, 5}, true), {0, 0, 1, 1, 2, 2}, 1);
}

TEST_F(CacheStack, SeveralTokensAtOnce) {
  expect_same(store({5, 5, 5}, true), {0, 0, 1, 1, 2, 2}, 2);
}

TEST_F(CacheStack, GapsUnequalGroupsAndOtherLengths) {
  expect_same(store({5, 5, 5, 5, 7, 7, 4}, true),
              {0, 0, 2, 2, 3, 3, 3, 4, 5, 6, 6}, 1);
}

}  // namespace
}  // namespace lethe
