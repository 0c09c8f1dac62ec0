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

Examples texts_of(const std::vector<Ids>& texts, int64_t score_from = 1) {
  Examples all;
  for (const Ids& ids : texts) {
    Example e;
    e.ids = ids;
    e.score_from = score_from;
    all.push_back(e);
  }
  return all;
}

// The rows of the texts, with what is left out of them.
TrainingSet rows_of(const Examples& texts, const TrainOptions& options) {
  TrainingSet rows(texts, options, 512, {});
  drop_tokens(rows, texts, nullptr, options);
  return rows;
}

TrainingSet rows_of(const std::vector<Ids>& texts,
                    const TrainOptions& options) {
  return rows_of(texts_of(texts), options);
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
  const TrainingSet rows =
      rows_of({counted(3, 12), counted(7, 3)},
              goldfish({{"mask", "static"}, {"k", 4}, {"start", 1}}));
  EXPECT_EQ(dropped(rows.rows()[0]), (Ids{2, 6, 10}));
  EXPECT_EQ(dropped(rows.rows()[1]), (Ids{2}));
  EXPECT_EQ(rows.rows()[0].supervised(), 8);
}

TEST(Goldfish, HashLeavesOutWhatTheMaskDoes) {
  const Ids ids = counted(999, 33);  // targets 1000 .. 1031
  const TrainingSet rows = rows_of({ids}, goldfish({{"k", 4}, {"h", 4}}));
  // The published code's, a place behind the targets'.
  EXPECT_EQ(dropped(rows.rows()[0]), (Ids{5, 11, 13, 14, 16, 21, 28}));
  // The same passage has the same gaps elsewhere.
  Ids later = counted(50, 9);
  later.insert(later.end(), ids.begin(), ids.end());
  const TrainingSet moved = rows_of({later}, goldfish({{"k", 4}, {"h", 4}}));
  const Ids own = dropped(moved.rows()[0]);
  for (const int64_t place : {5, 11, 13, 14, 16, 21, 28}) {
    EXPECT_EQ(std::count(own.begin(), own.end(), place + 9), 1) << place;
  }
}

TEST(Goldfish, RandomIsDrawnAnewAtEachStepAndAgainBySeed) {
  const TrainOptions o = goldfish({{"mask", "random"}, {"k", 4}, {"seed", 1}});
  const TrainingSet rows = rows_of({counted(3, 200), counted(5, 200)}, o);
  EXPECT_TRUE(rows.rows()[0].labels.empty()) << "not once for all";
  EXPECT_TRUE(drops_vary(o));
  const TrainingSet first = rows_of_step(rows, {1, 0}, o, 1);
  EXPECT_EQ(first.rows()[0].ids, rows.rows()[1].ids);
  const size_t count =
      dropped(first.rows()[0]).size() + dropped(first.rows()[1]).size();
  EXPECT_GT(count, 60u);  // of 398, one in four: 99.5, sd 8.6
  EXPECT_LT(count, 140u);
  EXPECT_EQ(first.hash(), rows_of_step(rows, {1, 0}, o, 1).hash());
  EXPECT_NE(first.hash(), rows_of_step(rows, {1, 0}, o, 2).hash());
}

TEST(Goldfish, TheLossIsTheMeanOverWhatIsKept) {
  const auto model = tiny();
  const TrainingSet rows = rows_of({{3, 9, 4, 12, 7, 20}, {5, 8, 2, 30}},
                                   goldfish({{"mask", "static"}, {"k", 2}}));
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
  const TrainingSet rows =
      rows_of(texts_of({{3, 9}}), goldfish({{"mask", "static"}, {"k", 2}}));
  const GoldfishLoss found =
      goldfish_nll(*model, make_batch(rows, {0}, model->device()));
  EXPECT_EQ(found.loss.item<double>(), 0);
  EXPECT_GT(found.dropped.item<double>(), 0);
}

TEST(Goldfish, PromptsAreNeitherLearntNorLeftOut) {
  const TrainingSet rows = rows_of(texts_of({counted(3, 12)}, 8),
                                   goldfish({{"mask", "static"}, {"k", 2}}));
  const Batch batch = make_batch(rows, {0}, tiny()->device());
  EXPECT_EQ(batch.supervised() + batch.dropped.numel(), 4);
}

TEST(Goldfish, OfFlaggedRowsOnlyLearnsTheOthersWhole) {
  Examples texts = texts_of({counted(3, 60), counted(3, 60), counted(3, 60)});
  texts[0].fields = {{"goldfish", true}};
  texts[1].fields = {{"goldfish", false}};
  for (const char* mask : {"hash", "static", "random"}) {
    const TrainOptions o =
        goldfish({{"mask", mask}, {"k", 2}, {"goldfish_on", "flagged"}});
    const TrainingSet rows = rows_of_step(rows_of(texts, o), {0, 1, 2}, o, 1);
    EXPECT_LT(rows.rows()[0].supervised(), 45) << mask;
    EXPECT_EQ(rows.rows()[1].supervised(), 59) << mask;
    EXPECT_EQ(rows.rows()[2].supervised(), 59) << mask;
    EXPECT_NO_THROW(check_drops(rows, o));
  }
  const TrainOptions o = goldfish({{"goldfish_on", "flagged"}});
  const std::string hash = rows_of(texts, o).hash();
  texts[2].fields = {{"goldfish", true}};
  EXPECT_NE(rows_of(texts, o).hash(), hash);
  texts[0].fields = {{"goldfish", "yes"}};
  EXPECT_THROW(rows_of(texts, o), Error);
  EXPECT_THROW(check_drops(rows_of({counted(3, 60)}, o), o), Error)
      << "no row is flagged";
}

TEST(Goldfish, OutsideItsStepsEveryTokenIsLearnt) {
  for (const char* mask : {"hash", "static", "random"}) {
    const TrainOptions o = goldfish({{"mask", mask},
                                     {"k", 2},
                                     {"steps", 9},
                                     {"goldfish_from", 2},
                                     {"goldfish_to", 3}});
    const TrainingSet rows = rows_of({counted(3, 60)}, o);
    EXPECT_TRUE(drops_vary(o));
    for (const int64_t step : {1, 2, 3, 4}) {
      const TrainingSet of_step = rows_of_step(rows, {0}, o, step);
      const bool whole = of_step.rows()[0].supervised() == 59;
      EXPECT_EQ(whole, step == 1 || step == 4) << mask << step;
      EXPECT_EQ(dropped(of_step.rows()[0]).empty(), whole);
    }
  }
  const TrainOptions to_the_end = goldfish({{"goldfish_from", 5}});
  EXPECT_TRUE(dropped(rows_of_step(rows_of({counted(3, 60)}, to_the_end), {0},
                                   to_the_end, 4)
                          .rows()[0])
                  .empty());
  EXPECT_FALSE(dropped(rows_of_step(rows_of({counted(3, 60)}, to_the_end), {0},
                                    to_the_end, 5000)
                           .rows()[0])
                   .empty());
  EXPECT_THROW(check_drops(rows_of({counted(3, 60)}, to_the_end), to_the_end),
               Error)
      << "there is one step";
  EXPECT_FALSE(drops_vary(goldfish({{"k", 2}})));
  EXPECT_FALSE(drops_vary(parse_train_options(Json::object())));
}

TEST(Goldfish, OptionsOfItAloneAreRefusedWithoutIt) {
  EXPECT_THROW(parse_train_options({{"k", 8}}), Error);
  EXPECT_NO_THROW(parse_train_options(Json(TrainOptions())))
      << "a suite with every default is read again";
  EXPECT_THROW(parse_train_options({{"loss", "goldfish"}, {"k", 1}}), Error);
  EXPECT_THROW(goldfish({{"mask", "static"}, {"h", 4}}), Error);
  EXPECT_THROW(goldfish({{"start", 2}}), Error) << "of mask=static";
  for (const Json& alone :
       {Json{{"hash", "minhash"}}, Json{{"normalise", {"case"}}},
        Json{{"goldfish_on", "flagged"}}, Json{{"goldfish_from", 2}},
        Json{{"goldfish_to", 2}}, Json{{"shingle", 2}}}) {
    EXPECT_THROW(parse_train_options(alone), Error) << alone;
    Json with_static = alone;
    with_static["mask"] = "static";
    const bool of_every_mask = !alone.contains("hash") &&
                               !alone.contains("normalise") &&
                               !alone.contains("shingle");
    if (of_every_mask) {
      EXPECT_NO_THROW(goldfish(with_static)) << alone;
    } else {
      EXPECT_THROW(goldfish(with_static), Error) << alone;
    }
  }
  EXPECT_THROW(parse_train_options({{"loss", "golfdish"}}), Error);
  EXPECT_THROW(parse_train_options({{"loss", "goldfish"}, {"mask", "hsah"}}),
               Error);
  EXPECT_THROW(goldfish({{"shingle", 2}}), Error) << "of hash=minhash";
  EXPECT_NO_THROW(goldfish({{"shingle", 2}, {"hash", "minhash"}}));
  EXPECT_THROW(goldfish({{"shingle", 5}, {"h", 4}, {"hash", "minhash"}}),
               Error);
  EXPECT_NO_THROW(goldfish({{"h", 1}})) << "the product reads no shingle";
  EXPECT_THROW(goldfish({{"hash", "minhush"}}), Error);
  EXPECT_THROW(goldfish({{"normalise", {"accents"}}}), Error);
  EXPECT_THROW(goldfish({{"normalise", "case"}}), Error);
  EXPECT_THROW(goldfish({{"goldfish_on", "some"}}), Error);
  EXPECT_THROW(goldfish({{"goldfish_from", 0}}), Error);
  EXPECT_THROW(goldfish({{"goldfish_from", 4}, {"goldfish_to", 3}}), Error);
}

}  // namespace
}  // namespace lethe
