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

namespace lethe {
namespace {

using Ids = std::vector<int64_t>;

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

std::shared_ptr<Model> tiny(int64_t vocab = 31, bool tied = false,
                            const std::string& family = "llama") {
  const Json config = {{"model_type", family},
                       {"vocab_size", vocab},
                       {"hidden_size", 8},
                       {"num_hidden_layers", 2},
                       {"num_attention_heads", 2},
                       {"num_key_value_heads", 1},
                       {"intermediate_size", 12},
                       {"max_position_embeddings", 512},
                       {"initializer_range", 0.3},
                       {"tie_word_embeddings", tied},
                       {"head_dim", 4},
                       {"final_logit_softcapping", 3.0}};
  return Model::create(config, test_compute(), 3);
}

// Texts of lengths 4, 5, 6, ...: means of means would not be means.
Examples texts(int64_t count, const std::string& name, int64_t vocab = 31) {
  Rng rng(5, name);
  Examples all;
  for (int64_t i = 0; i < count; ++i) {
    Example e;
    for (int64_t t = 0; t < 4 + i; ++t) {
      e.ids.push_back(
          static_cast<int64_t>(rng.below(static_cast<uint64_t>(vocab))));
    }
    all.push_back(e);
  }
  return all;
}

TrainOptions options_of(const Json& given) {
  Json all = {{"lr", 0.01}, {"eps", 1e-3}, {"checkpoint_seconds", 0.0}};
  all.update(given);
  return parse_train_options(all);
}

TrainingSet training_set(const Examples& examples, const Json& given = {}) {
  return {
      examples, options_of(given.is_null() ? Json::object() : given), 64, {30}};
}

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

// The gradients of every weight, which are then cleared.
std::vector<Tensor> gradients(const Model& model, const Tensor& loss) {
  loss.backward();
  std::vector<Tensor> all;
  for (const auto& [name, weight] : model.parameters()) {
    all.push_back(weight.grad().clone());
    Tensor(weight).mutable_grad().reset();
  }
  return all;
}

void expect_near(const std::vector<Tensor>& got,
                 const std::vector<Tensor>& want) {
  ASSERT_EQ(got.size(), want.size());
  for (size_t i = 0; i < got.size(); ++i) {
    const double largest = want[i].abs().max().item<double>();
    EXPECT_GT(largest, 0);
    EXPECT_LE((got[i] - want[i]).abs().max().item<double>(),
              1e-5 * std::max(1.0, largest));
  }
}

// A vocabulary of 60,000 takes the product in chunks of 276 tokens, some rows
// in several. The head of phi has a bias, that of gemma2 a soft cap.
struct HeadCase {
  int64_t vocab;
  bool tied;
  std::string family = "llama";
};

class HeadLosses : public testing::TestWithParam<HeadCase> {
 protected:
  void SetUp() override {
    const auto [vocab, tied, family] = GetParam();
    model_ = tiny(vocab, tied, family);
    Examples all = texts(12, "head", vocab);
    if (vocab > 1000) {
      all = {all[10], repeated(all[9], 24), all[11]};
    }
    const TrainingSet set(all, options_of(Json::object()), 512, {30});
    Ids keys(all.size());
    std::iota(keys.begin(), keys.end(), 0);
    batch_ = make_batch(set, keys, model_->device());
    // Every token weighs something else.
    weights_ = at::linspace(-1, 2, batch_.supervised()).to(model_->device());
  }
  static Example repeated(Example e, int times) {
    const Ids once = e.ids;
    for (int i = 1; i < times; ++i) {
      e.ids.insert(e.ids.end(), once.begin(), once.end());
    }
    return e;
  }
  Tensor scored_logits() const {
    return logits(*model_, batch_.rows).index_select(0, batch_.scored);
  }

  std::shared_ptr<Model> model_;
  Batch batch_;
  Tensor weights_;
};

TEST_P(HeadLosses, TokenNllIsThePlainCrossEntropyWithItsGradient) {
  const Tensor got = token_nll(*model_, batch_);
  const Tensor want = at::cross_entropy_loss(scored_logits(), batch_.targets,
                                             {}, at::Reduction::None);
  EXPECT_LE((got - want).abs().max().item<double>(), 2e-5);
  expect_near(gradients(*model_, (got * weights_).sum()),
              gradients(*model_, (want * weights_).sum()));
}

TEST_P(HeadLosses, RowLossIsThatOfEachRowsTokensWithItsGradient) {
  const auto of_rows = [](const Tensor& sums, const Tensor& counts) {
    return at::log_sigmoid(sums * 0.1 - counts * 0.2).sum() / 3;
  };
  const Tensor got = row_loss(*model_, batch_, [&](const RowNlls& nlls) {
    EXPECT_GE(nlls.rows, 1);
    return of_rows(nlls.sums(), nlls.counts());
  });
  const Tensor nll = at::cross_entropy_loss(scored_logits(), batch_.targets, {},
                                            at::Reduction::None);
  const Tensor zeros = at::zeros({batch_.rows.rows()}, nll.options());
  const Tensor sums = zeros.index_add(0, batch_.row_of, nll);
  const Tensor counts =
      zeros.index_add(0, batch_.row_of, at::ones_like(nll.detach()));
  const Tensor want = of_rows(sums, counts);
  EXPECT_NEAR(got.item<double>(), want.item<double>(), 1e-5);
  expect_near(gradients(*model_, got * 2), gradients(*model_, want * 2));
  const at::NoGradGuard guard;
  const Tensor plain = row_loss(*model_, batch_, [&](const RowNlls& nlls) {
    return of_rows(nlls.sums(), nlls.counts());
  });
  EXPECT_NEAR(plain.item<double>(), want.item<double>(), 1e-5);
}

TEST_P(HeadLosses, TokenAndLogitsLossesAreSumsOverRangesWithTheirGradients) {
  const Tensor want = (at::cross_entropy_loss(scored_logits(), batch_.targets,
                                              {}, at::Reduction::None) *
                       weights_)
                          .sum();
  const Tensor by_token =
      token_loss(*model_, batch_, [&](const Tensor& nll, const TokenRange& r) {
        return (nll * weights_.narrow(0, r.begin, r.count)).sum();
      });
  const Tensor by_logits = logits_loss(
      *model_, batch_,
      [&](const Tensor& own, const Tensor& targets, const TokenRange& r) {
        return (at::cross_entropy_loss(own, targets, {}, at::Reduction::None) *
                weights_.narrow(0, r.begin, r.count))
            .sum();
      });
  const double near = 1e-5 * std::abs(want.item<double>());
  EXPECT_NEAR(by_token.item<double>(), want.item<double>(), near);
  EXPECT_NEAR(by_logits.item<double>(), want.item<double>(), near);
  const auto wanted = gradients(*model_, want);
  expect_near(gradients(*model_, by_token), wanted);
  expect_near(gradients(*model_, by_logits), wanted);
}

TEST_P(HeadLosses, RecomputedBlocksGiveTheSameGradients) {
  const auto loss = [&] { return mean_nll(*model_, batch_); };
  const auto want = gradients(*model_, loss());
  model_->recompute_blocks(true);
  expect_near(gradients(*model_, loss()), want);
}

TEST_P(HeadLosses, MeanKlIsThatOfTheWholeDistributionsWithItsGradient) {
  const auto [vocab, tied, family] = GetParam();
  const auto original = tiny(vocab, tied, family);
  {
    const at::NoGradGuard guard;
    for (const auto& [name, weight] : original->parameters()) {
      weight.detach().mul_(1.2);
    }
  }
  const Tensor logp = at::log_softmax(scored_logits(), 1);
  const Tensor logp0 = at::log_softmax(
      logits(*original, batch_.rows).index_select(0, batch_.scored).detach(),
      1);
  const Tensor want = (logp0.exp() * (logp0 - logp)).sum(1).mean();
  const Tensor got = kl_to(*model_, *original, batch_);
  EXPECT_GT(want.item<double>(), 1e-3);
  EXPECT_NEAR(got.item<double>(), want.item<double>(), 1e-5);
  expect_near(gradients(*model_, got), gradients(*model_, want));
  EXPECT_NEAR(kl_to(*model_, *model_, batch_).item<double>(), 0, 1e-6);
}

INSTANTIATE_TEST_SUITE_P(, HeadLosses,
                         testing::Values(HeadCase{31, false},
                                         HeadCase{31, true},
                                         HeadCase{60000, false},
                                         HeadCase{60000, false, "phi"},
                                         HeadCase{60000, true, "gemma2"}));

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
  run.train({{"steps", 5}, {"batch", 2}, {"eval_every", 2}});
  const auto log = run.log();
  ASSERT_EQ(log.size(), 5u);
  for (size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(log[i]["step"], i + 1);
    EXPECT_EQ(log[i].contains("eval"), i == 1 || i == 3 || i == 4) << i;
  }
  const Batch all =
      make_batch(run.retain, {0, 1, 2, 3, 4}, run.task.model->device());
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
