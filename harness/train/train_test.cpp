// The training loop on a tiny model: losses and gradients by hand, batches
// that add up, resumption to the bit, divergence.
#include "harness/train/train.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <cmath>
#include <filesystem>
#include <numeric>
#include <set>

#include "harness/base/files.h"
#include "harness/base/registry.h"
#include "harness/base/rng.h"
#include "harness/model/test_fixtures.h"
#include "harness/tensor/ops.h"
#include "harness/train/losses.h"
#include "harness/train/test_step.h"
#include "harness/train/tiny_training.h"

namespace lethe {
namespace {

// A folder that vanishes with the test.
class Scratch {
 public:
  Scratch() {
    std::string name = testing::TempDir() + "lethe_train_XXXXXX";
    path = ::mkdtemp(name.data());
  }
  ~Scratch() { std::filesystem::remove_all(path); }
  std::string path;
};

// Everything that one call of train() needs.
struct Trial {
  explicit Trial(std::string out) {
    task.model = tiny();
    task.data.data = &forget;
    task.out = std::move(out);
    task.title = "test";
    retain.side = Side::retain;
    task.step = [](Step& s) {
      s.add("nll", 1, [&] { return mean_nll(s.model, s.forget); });
    };
  }
  TrainResult train(const Json& options) {
    return lethe::train(task, options_of(options));
  }
  std::vector<Json> log() const {
    std::vector<Json> rows;
    for (const auto& line : read_lines(task.out + "/train_log.jsonl")) {
      rows.push_back(Json::parse(line));
    }
    return rows;
  }

  TrainingSet forget = training_set(texts(7, "forget"));
  TrainingSet retain = training_set(texts(5, "retain"));
  TrainTask task;
};

double furthest(const Model& a, const Model& b) {
  double apart = 0;
  for (size_t i = 0; i < a.parameters().size(); ++i) {
    const Tensor difference =
        (a.parameters()[i].second.detach() - b.parameters()[i].second.detach());
    apart = std::max(apart, difference.abs().max().item<double>());
  }
  return apart;
}

TEST(Train, AccumulatedBatchesGiveTheLossAndWeightsOfOneBatch) {
  const Scratch one, two;
  Trial whole(one.path), parts(two.path);
  const auto steps = [](Step& s) {  // a mean over tokens and one over rows
    s.add("nll", 1, [&] { return mean_nll(s.model, s.forget); });
    s.add("rows", -0.05, [&] {
      return sequence_logprobs(s.model, s.retain).sum() /
             static_cast<double>(s.retain.step_rows);
    });
  };
  for (Trial* run : {&whole, &parts}) {
    run->task.data.retain = &run->retain;
    run->task.step = steps;
  }
  whole.train({{"steps", 4}, {"batch", 4}, {"eps", 0.01}});
  parts.train({{"steps", 4}, {"batch", 2}, {"accumulate", 2}, {"eps", 0.01}});
  EXPECT_LE(furthest(*whole.task.model, *parts.task.model), 1e-6);
  EXPECT_GT(furthest(*whole.task.model, *tiny()), 1e-3) << "it trained";
  for (size_t i = 0; i < 4; ++i) {
    const Json a = whole.log()[i], b = parts.log()[i];
    EXPECT_NEAR(a["loss"], b["loss"], 1e-5);
    EXPECT_NEAR(a["grad_norm"], b["grad_norm"], 1e-4);
    EXPECT_NEAR(a["terms"]["rows"], b["terms"]["rows"], 1e-4);
    EXPECT_EQ(a["supervised_tokens"], b["supervised_tokens"]);
    EXPECT_EQ(a["tokens"], b["tokens"]);
  }
}

TEST(TrainingSet, OnlyTheAnswerAndTheEndOfTextAreSupervised) {
  Example question;
  question.ids = {1, 2, 3, 4, 5};
  question.score_from = 3;
  const Batch masked =
      make_batch(training_set({question}), {0}, at::Device(at::kCPU));
  EXPECT_EQ(to_ints(masked.rows.ids), (Ids{1, 2, 3, 4, 5}));
  EXPECT_EQ(to_ints(masked.targets), (Ids{4, 5, 30}));
  EXPECT_EQ(to_ints(masked.scored), (Ids{2, 3, 4}));
  EXPECT_EQ(masked.step_tokens, 3);
  const Batch all =
      make_batch(training_set({question}, {{"label_mask", "all"}}), {0},
                 at::Device(at::kCPU));
  EXPECT_EQ(to_ints(all.targets), (Ids{2, 3, 4, 5, 30}));
}

TEST(TrainingSet, UnsupervisedTokensChangeNoLossTerm) {
  const auto model = tiny();
  Example question;
  question.ids = {1, 2, 3, 4, 5};
  question.score_from = 3;
  const Batch batch =
      make_batch(training_set({question}), {0}, model->device());
  const Tensor full = at::log_softmax(logits(*model, batch.rows), 1);
  const double want = -(full[2][4] + full[3][5] + full[4][30]).item<double>();
  EXPECT_NEAR(mean_nll(*model, batch).item<double>(), want / 3, 1e-5);
}

TEST(TrainingSet, LongTextsBecomeRowsBehindTheLeadingSpecials) {
  Example text;
  text.ids = {9, 1, 2, 3, 4, 5, 6, 7};
  text.leading = 1;
  const TrainingSet set = training_set({text}, {{"sequence_length", 4}});
  ASSERT_EQ(set.size(), 3);
  EXPECT_EQ(set.rows()[0].ids, (Ids{9, 1, 2, 3}));
  EXPECT_EQ(set.rows()[1].ids, (Ids{9, 4, 5, 6}));
  EXPECT_EQ(set.rows()[2].ids, (Ids{9, 7}));
  EXPECT_THROW(training_set({text}, {{"sequence_length", 2}}), Error);
}

// NPO with every part of the engine: retain rows, the original's log-probs and
// its distribution. Throws before call `stop`.
TrainResult train_npo(Trial& run, const Json& options, int stop, int& calls) {
  const auto method =
      Registry<Method>::make("npo", {{"retain", 0.5}, {"kl", 0.5}});
  run.task.data.retain = &run.retain;
  run.task.uses = method->uses();
  run.task.original = [] { return tiny(); };
  run.task.step = [&](Step& s) {
    if (++calls == stop) throw std::runtime_error("killed");
    method->step(s);
  };
  return run.train(options);
}

TEST(Train, KilledRunContinuesToTheSameBits) {
  const Scratch one, two;
  const Json options = {
      {"steps", 6}, {"batch", 3}, {"checkpoint_seconds", 1e-9}};
  Trial undisturbed(one.path), killed(two.path), again(two.path);
  int calls = 0;
  train_npo(undisturbed, options, 0, calls);
  EXPECT_EQ(calls, 6);
  calls = 0;
  EXPECT_THROW(train_npo(killed, options, 4, calls), std::runtime_error);
  calls = 0;
  const TrainResult result = train_npo(again, options, 0, calls);
  EXPECT_EQ(calls, 3) << "the first three steps are in the checkpoint";
  EXPECT_EQ(result.steps, 6);
  EXPECT_EQ(furthest(*undisturbed.task.model, *again.task.model), 0);
  EXPECT_GT(furthest(*undisturbed.task.model, *tiny()), 1e-3);
  const auto want = undisturbed.log(), got = again.log();
  ASSERT_EQ(want.size(), 6u);
  ASSERT_EQ(got.size(), 6u);
  for (size_t i = 0; i < 6; ++i) {
    for (const char* key : {"step", "loss", "terms", "grad_norm", "lr"}) {
      EXPECT_EQ(got[i][key], want[i][key]) << key << " of row " << i;
    }
  }
}

TEST(Train, EvaluationsStandInTheLogEveryFewStepsAndAtTheEnd) {
  const Scratch scratch;
  Trial run(scratch.path);
  run.task.evaluations = {{"held", &run.retain}};
  const Batch all =
      make_batch(run.retain, {0, 1, 2, 3, 4}, run.task.model->device());
  const double before = mean_nll(*run.task.model, all).item<double>();
  run.train({{"steps", 5}, {"batch", 2}, {"eval_every", 2}});
  const auto log = run.log();
  ASSERT_EQ(log.size(), 5u);
  for (size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(log[i]["step"], i + 1);
    EXPECT_EQ(log[i].contains("eval"), i == 1 || i == 3 || i == 4) << i;
    EXPECT_EQ(log[i].contains("eval_before"), i == 0) << i;
  }
  EXPECT_NEAR(log[0]["eval_before"]["held"], before, 1e-5);
  EXPECT_NEAR(log[4]["eval"]["held"],
              mean_nll(*run.task.model, all).item<double>(), 1e-5);
}

void expect_stop(const std::function<void(Step&)>& bad) {
  const Scratch scratch;
  Trial run(scratch.path);
  int calls = 0;
  run.task.step = [&](Step& s) {
    s.add("nll", 1, [&] { return mean_nll(s.model, s.forget); });
    if (++calls == 3) bad(s);
  };
  const TrainResult result = run.train({{"steps", 6}, {"batch", 2}});
  EXPECT_TRUE(result.diverged);
  EXPECT_EQ(result.steps, 2) << "the third step was not applied";
  EXPECT_EQ(calls, 3);
  EXPECT_EQ(run.log().size(), 3u);
  for (const auto& [name, weight] : run.task.model->parameters()) {
    EXPECT_TRUE(weight.isfinite().all().item<bool>()) << name;
  }
}

TEST(Train, StopsAtALossOrGradientThatIsNotFinite) {
  expect_stop([](Step& s) {
    s.add("nan", NAN, [&] { return mean_nll(s.model, s.forget); });
  });
  expect_stop([](Step& s) {  // sqrt at 0: value 0, slope infinite
    s.add("slope", 1, [&] {
      const Tensor nll = mean_nll(s.model, s.forget);
      return (nll - nll.detach()).sqrt();
    });
  });
}

TEST(Train, EveryRowIsDrawnOnceAnEpochInAnOrderOfTheSeed) {
  const auto orders = [](int64_t seed) {
    const Scratch scratch;
    Trial run(scratch.path);
    Ids drawn;
    run.task.step = [&](Step& s) {
      drawn.insert(drawn.end(), s.forget.keys.begin(), s.forget.keys.end());
      s.add("nll", 1, [&] { return mean_nll(s.model, s.forget); });
    };
    const Json options = {{"epochs", 2.0}, {"batch", 1}, {"seed", seed}};
    EXPECT_EQ(run.train(options).steps, 14);
    return drawn;
  };
  const Ids first = orders(0);
  ASSERT_EQ(first.size(), 14u);
  EXPECT_EQ(std::set<int64_t>(first.begin(), first.begin() + 7).size(), 7u);
  EXPECT_EQ(std::set<int64_t>(first.begin() + 7, first.end()).size(), 7u);
  EXPECT_NE(Ids(first.begin(), first.begin() + 7),
            Ids(first.begin() + 7, first.end()));
  EXPECT_EQ(orders(0), first);
  EXPECT_NE(orders(1), first);
}

TEST(Train, LearningRateRisesThenFalls) {
  TrainOptions o = options_of({{"lr", 2.0}, {"warmup", 0.2}});
  EXPECT_DOUBLE_EQ(learning_rate(o, 1, 10), 0);
  EXPECT_DOUBLE_EQ(learning_rate(o, 2, 10), 1);
  EXPECT_DOUBLE_EQ(learning_rate(o, 3, 10), 2);
  EXPECT_DOUBLE_EQ(learning_rate(o, 7, 10), 1);
  o.schedule = "cosine";
  EXPECT_DOUBLE_EQ(learning_rate(o, 7, 10), 1);
  EXPECT_NEAR(learning_rate(o, 5, 10), 1 + std::cos(M_PI / 4), 1e-12);
  o.schedule = "constant";
  EXPECT_DOUBLE_EQ(learning_rate(o, 2, 10), 1);
  EXPECT_DOUBLE_EQ(learning_rate(o, 10, 10), 2);
  EXPECT_EQ(total_steps(options_of({{"epochs", 1.5}, {"batch", 2}}), 7), 6);
}

}  // namespace
}  // namespace lethe
