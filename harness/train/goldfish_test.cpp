// Which tokens the goldfish loss leaves out, and what it makes of the others.
#include "harness/train/goldfish.h"

#include <gtest/gtest.h>

#include <numeric>
#include <span>

#include "harness/base/goldfish.h"
#include "harness/tensor/ops.h"
#include "harness/train/losses.h"
#include "harness/train/test_step.h"
#include "harness/train/tiny_training.h"

namespace lethe {
namespace {

using Ids = std::vector<int64_t>;

TrainOptions goldfish(Json more) {
  more["loss"] = "goldfish";
  return parse_train_options(more);
}

TrainingSet rows_of(const std::vector<Ids>& texts, int64_t score_from = 1) {
  Examples all;
  for (const Ids& ids : texts) {
    Example e;
    e.ids = ids;
    e.score_from = score_from;
    all.push_back(e);
  }
  return {all, {}, 512, {}};
}

// The places of a row that are left out.
Ids dropped(const TrainingRow& row) {
  Ids places;
  for (size_t t = 0; t < row.labels.size(); ++t) {
    if (row.labels[t] == kDropped) places.push_back(static_cast<int64_t>(t));
  }
  return places;
}

Ids counted(int64_t from, int64_t count) {
  Ids ids(static_cast<size_t>(count));
  std::iota(ids.begin(), ids.end(), from);
  return ids;
}

TEST(Goldfish, StaticLeavesOutEveryKthTargetFromTheStart) {
  TrainingSet rows = rows_of({counted(3, 12), counted(7, 3)});
  drop_tokens(rows, goldfish({{"mask", "static"}, {"k", 4}, {"start", 1}}));
  EXPECT_EQ(dropped(rows.rows()[0]), (Ids{2, 6, 10}));
  EXPECT_EQ(dropped(rows.rows()[1]), (Ids{2}));
  EXPECT_EQ(rows.rows()[0].supervised(), 8);
}

TEST(Goldfish, HashLeavesOutWhatTheMaskDoes) {
  const Ids ids = counted(999, 33);  // targets 1000 .. 1031
  TrainingSet rows = rows_of({ids});
  drop_tokens(rows, goldfish({{"k", 4}, {"h", 4}}));
  // The published code's, a place behind the targets'.
  EXPECT_EQ(dropped(rows.rows()[0]), (Ids{5, 11, 13, 14, 16, 21, 28}));
  // The same passage has the same gaps elsewhere.
  Ids later = counted(50, 9);
  later.insert(later.end(), ids.begin(), ids.end());
  TrainingSet moved = rows_of({later});
  drop_tokens(moved, goldfish({{"k", 4}, {"h", 4}}));
  const Ids own = dropped(moved.rows()[0]);
  for (const int64_t place : {5, 11, 13, 14, 16, 21, 28}) {
    EXPECT_EQ(std::count(own.begin(), own.end(), place + 9), 1) << place;
  }
}

TEST(Goldfish, RandomIsDrawnAnewAtEachStepAndAgainBySeed) {
  const TrainingSet rows = rows_of({counted(3, 200), counted(5, 200)});
  const TrainOptions o = goldfish({{"mask", "random"}, {"k", 4}, {"seed", 1}});
  TrainingSet kept = rows;
  drop_tokens(kept, o);
  EXPECT_TRUE(kept.rows()[0].labels.empty()) << "not once for all";
  const TrainingSet first = with_random_drops(rows, {1, 0}, o, 1);
  EXPECT_EQ(first.rows()[0].ids, rows.rows()[1].ids);
  const size_t count =
      dropped(first.rows()[0]).size() + dropped(first.rows()[1]).size();
  EXPECT_GT(count, 60u);  // of 398, one in four: 99.5, sd 8.6
  EXPECT_LT(count, 140u);
  EXPECT_EQ(first.hash(), with_random_drops(rows, {1, 0}, o, 1).hash());
  EXPECT_NE(first.hash(), with_random_drops(rows, {1, 0}, o, 2).hash());
}

TEST(Goldfish, TheLossIsTheMeanOverWhatIsKept) {
  const auto model = tiny();
  TrainingSet rows = rows_of({{3, 9, 4, 12, 7, 20}, {5, 8, 2, 30}});
  drop_tokens(rows, goldfish({{"mask", "static"}, {"k", 2}}));
  const Batch batch = make_batch(rows, {0, 1}, model->device());
  EXPECT_EQ(batch.supervised(), 3);
  ASSERT_TRUE(batch.dropped.defined());
  EXPECT_EQ(batch.dropped.numel(), 5);
  const GoldfishLoss found = goldfish_nll(*model, batch);
  double kept = 0, left_out = 0;
  for (const TrainingRow& row : rows.rows()) {
    const at::NoGradGuard guard;
    const Tensor logp =
        at::log_softmax(logits(*model, ragged({row.ids}, model->device())), 1);
    for (size_t t = 1; t < row.ids.size(); ++t) {
      const auto at = static_cast<int64_t>(t);
      const double nll = -logp[at - 1][row.ids[t]].item<double>();
      (row.label(at) == kDropped ? left_out : kept) += nll;
    }
  }
  EXPECT_NEAR(found.loss.item<double>(), kept / 3, 1e-5);
  EXPECT_NEAR(found.dropped.item<double>(), left_out, 1e-4);
  EXPECT_FALSE(found.dropped.requires_grad());
  // Only what is kept has a gradient: that of the plain loss on those labels.
  found.loss.backward();
  const Tensor weight = model->head_weights().weight;
  const Tensor own = weight.grad().clone();
  Tensor(weight).mutable_grad().reset();
  mean_nll(*model, batch).backward();
  EXPECT_LT((own - weight.grad()).abs().max().item<double>(), 1e-6);
}

TEST(Goldfish, OfARowThatIsLeftOutWholeIsNothing) {
  const auto model = tiny();
  TrainingSet rows = rows_of({{3, 9}});
  drop_tokens(rows, goldfish({{"mask", "static"}, {"k", 2}}));
  const GoldfishLoss found =
      goldfish_nll(*model, make_batch(rows, {0}, model->device()));
  EXPECT_EQ(found.loss.item<double>(), 0);
  EXPECT_GT(found.dropped.item<double>(), 0);
}

TEST(Goldfish, PromptsAreNeitherLearntNorLeftOut) {
  TrainingSet rows = rows_of({counted(3, 12)}, 8);
  drop_tokens(rows, goldfish({{"mask", "static"}, {"k", 2}}));
  const Batch batch = make_batch(rows, {0}, tiny()->device());
  EXPECT_EQ(batch.supervised() + batch.dropped.numel(), 4);
}

TEST(Goldfish, OptionsOfItAloneAreRefusedWithoutIt) {
  EXPECT_THROW(parse_train_options({{"k", 8}}), Error);
  EXPECT_NO_THROW(parse_train_options(Json(TrainOptions())))
      << "a suite with every default is read again";
  EXPECT_THROW(parse_train_options({{"loss", "goldfish"}, {"k", 1}}), Error);
  EXPECT_THROW(goldfish({{"mask", "static"}, {"h", 4}}), Error);
  EXPECT_THROW(goldfish({{"start", 2}}), Error) << "of mask=static";
  EXPECT_THROW(parse_train_options({{"loss", "golfdish"}}), Error);
  EXPECT_THROW(parse_train_options({{"loss", "goldfish"}, {"mask", "hsah"}}),
               Error);
}

}  // namespace
}  // namespace lethe
