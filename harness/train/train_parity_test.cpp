// Against PyTorch 2 and open-unlearning's formulas: losses within 1e-5
// relative, three AdamW steps within 1e-4, schedules of transformers to 1e-8.
#include <gtest/gtest.h>

#include <numeric>

#include "harness/base/json.h"
#include "harness/base/registry.h"
#include "harness/model/model.h"
#include "harness/model/test_fixtures.h"
#include "harness/plugin/method.h"
#include "harness/tensor/ops.h"
#include "harness/train/goldfish.h"
#include "harness/train/losses.h"
#include "harness/train/optimiser.h"
#include "harness/train/test_step.h"

namespace lethe {
namespace {

using Ids = std::vector<int64_t>;

// A padded batch as the peers have it; labels of -100 are not supervised.
Batch batch_of(const Json& json, at::Device device, bool all_real = false) {
  Batch batch;
  std::vector<Ids> inputs;
  Ids scored, targets, row_of;
  int64_t offset = 0;
  const auto ids = json["input_ids"].get<std::vector<Ids>>();
  const auto mask = json["attention_mask"].get<std::vector<Ids>>();
  const auto labels = json["labels"].get<std::vector<Ids>>();
  for (size_t b = 0; b < ids.size(); ++b) {
    const auto length = std::count(mask[b].begin(), mask[b].end(), 1);
    inputs.emplace_back(ids[b].begin(), ids[b].begin() + length - 1);
    for (int64_t t = 1; t < length; ++t) {
      if (!all_real && labels[b][t] == -100) continue;
      scored.push_back(offset + t - 1);
      targets.push_back(ids[b][t]);
      row_of.push_back(static_cast<int64_t>(b));
    }
    batch.keys.push_back(static_cast<int64_t>(b));
    batch.places.push_back(static_cast<int64_t>(b));
    offset += length - 1;
  }
  batch.rows = ragged(inputs, device);
  batch.scored = int_tensor(scored, device);
  batch.targets = int_tensor(targets, device);
  batch.row_of = int_tensor(row_of, device);
  batch.step_tokens = static_cast<int64_t>(scored.size());
  batch.step_rows = static_cast<int64_t>(ids.size());
  return batch;
}

class TrainParity : public testing::Test {
 protected:
  void SetUp() override {
    LETHE_NEEDS_FIXTURES();
    golden_ = read_json(fixtures() + "/metrics/trainer.json");
    compute_ = test_compute();
    policy_ =
        Model::load(ModelFolder(fixtures() + "/models/llama"), compute_, true);
    reference_ =
        Model::load(ModelFolder(fixtures() + "/metrics/llama-ref"), compute_);
    forget_ = batch_of(golden_["forget_batch"], compute_.device);
    retain_ = batch_of(golden_["retain_batch"], compute_.device);
  }

  void expect_value(const Tensor& got, const char* name) {
    const auto want = golden_["values"][name].get<double>();
    EXPECT_NEAR(got.item<double>(), want, 1e-5 * std::abs(want)) << name;
  }

  // The loss of a method on the batches of the fixture; gradients are left.
  double loss_of(const char* method, const Json& options) {
    TestStep step(*policy_, {forget_, retain_, none_}, reference_.get());
    Registry<Method>::make(method, options)->step(step);
    return step.loss;
  }

  Json golden_;
  Compute compute_;
  std::shared_ptr<Model> policy_, reference_;
  Batch forget_, retain_, none_;
};

TEST_F(TrainParity, MeanNllIsTheMaskedCrossEntropyOfThePeer) {
  expect_value(mean_nll(*policy_, forget_), "ce_forget");
  expect_value(mean_nll(*policy_, forget_), "hf_model_loss");
  expect_value(mean_nll(*reference_, forget_), "ce_forget_ref");
  expect_value(mean_nll(*policy_, retain_), "ce_retain");
}

TEST_F(TrainParity, GoldfishIsTheCrossEntropyOverWhatItKeeps) {
  TrainingSet rows;
  Examples all;
  const Json& json = golden_["forget_batch"];
  const auto ids = json["input_ids"].get<std::vector<Ids>>();
  const auto mask = json["attention_mask"].get<std::vector<Ids>>();
  const auto labels = json["labels"].get<std::vector<Ids>>();
  for (size_t b = 0; b < ids.size(); ++b) {
    Example e;
    e.ids = ids[b];
    e.ids.resize(std::count(mask[b].begin(), mask[b].end(), 1));
    e.score_from = 1;
    while (labels[b][e.score_from] == -100) ++e.score_from;
    all.push_back(e);
  }
  rows = TrainingSet(all, {}, 4096, {});
  drop_tokens(rows, all, nullptr,
              parse_train_options({{"loss", "goldfish"}, {"k", 4}, {"h", 4}}));
  Ids keys(ids.size());
  std::iota(keys.begin(), keys.end(), 0);
  const Batch batch = make_batch(rows, keys, compute_.device);
  EXPECT_EQ(batch.supervised(), golden_["values"]["goldfish_kept"]);
  expect_value(goldfish_nll(*policy_, batch).loss, "goldfish_ce_k4_h4");
}

TEST_F(TrainParity, SequenceLogprobsAreSumsOverEachRow) {
  const auto got = to_floats(sequence_logprobs(*policy_, forget_));
  const auto want =
      golden_["values"]["ce_per_sequence_sum"].get<std::vector<float>>();
  ASSERT_EQ(got.size(), want.size());
  for (size_t b = 0; b < want.size(); ++b) {
    EXPECT_NEAR(-got[b], want[b], 1e-5 * want[b]);
  }
  const Ids counts = golden_["values"]["tokens_per_sequence"].get<Ids>();
  for (size_t b = 0; b < counts.size(); ++b) {
    const auto row = static_cast<int64_t>(b);
    EXPECT_EQ(forget_.row_of.eq(row).sum().item<int64_t>(), counts[b]);
  }
}

TEST_F(TrainParity, SequenceLogprobsGiveTheMarginOfDpo) {
  const auto change = [&](const char* name) {
    const Batch batch = batch_of(golden_[name], compute_.device);
    return sequence_logprobs(*policy_, batch).detach() -
           sequence_logprobs(*reference_, batch);
  };
  const auto got = to_floats(change("chosen_batch") - change("rejected_batch"));
  const auto want = golden_["values"]["dpo_margin"].get<std::vector<float>>();
  for (size_t b = 0; b < want.size(); ++b) EXPECT_NEAR(got[b], want[b], 5e-4);
}

TEST_F(TrainParity, DpoOfChosenAndRejectedAnswers) {
  const Batch chosen = batch_of(golden_["chosen_batch"], compute_.device);
  const Batch rejected = batch_of(golden_["rejected_batch"], compute_.device);
  const auto loss = [&](const char* method, const char* form) {
    TestStep step(*policy_, {rejected, retain_, chosen}, reference_.get());
    Registry<Method>::make(method, {{"form", form}, {"retain", 0.0}})
        ->step(step);
    return step.loss;
  };
  const double plain = golden_["values"]["dpo"];
  const double scaled = golden_["values"]["dpo_openunlearning"];
  for (const char* method : {"dpo", "idk_dpo", "altpo"}) {
    EXPECT_NEAR(loss(method, "paper"), plain, 1e-5 * plain) << method;
    EXPECT_NEAR(loss(method, "open_unlearning"), scaled, 1e-5 * scaled);
  }
}

TEST_F(TrainParity, MeanKlHasTheOriginalFirst) {
  expect_value(kl_to(*policy_, *reference_, retain_), "kl_ref_pol");
  expect_value(kl_to(*reference_, *policy_, retain_), "kl_pol_ref");
  const Batch all =
      batch_of(golden_["retain_batch"], compute_.device, /*all_real=*/true);
  expect_value(kl_to(*policy_, *reference_, all), "kl_ref_pol_all_real_tokens");
}

TEST_F(TrainParity, LossesOfTheMethods) {
  const Json& values = golden_["values"];
  const auto near = [](double got, double want) {
    EXPECT_NEAR(got, want, 2e-5 * std::max(1.0, std::abs(want)));
  };
  near(loss_of("gradient_ascent", Json::object()), values["ga"]);
  near(loss_of("gradient_difference", Json::object()), values["ga_gdr"]);
  near(loss_of("npo", {{"retain", 0.0}}), values["npo"]);
  near(loss_of("npo", {{"retain", 1.0}}),
       values["npo"].get<double>() + values["ce_retain"].get<double>());
  const auto simnpo = [&](double beta, double gamma) {
    return loss_of(
        "simnpo",
        {{"beta", beta}, {"gamma", gamma}, {"forget", 1.0}, {"retain", 0.0}});
  };
  near(simnpo(0.1, 0), values["simnpo_g0"]);
  const double tiny = values["simnpo_b2.5_g0.5"];
  EXPECT_NEAR(simnpo(2.5, 0.5), tiny, 1e-4 * tiny);
}

// [sum, sum of magnitudes, norm] in float64, as the fixture has it.
std::vector<double> summary(const Tensor& tensor) {
  const Tensor wide = tensor.detach().to(at::kCPU, at::kDouble);
  return {wide.sum().item<double>(), wide.abs().sum().item<double>(),
          wide.norm().item<double>()};
}

void expect_summaries(const NamedTensors& parameters, const Json& want,
                      bool gradients) {
  ASSERT_EQ(parameters.size(), want.size());
  for (const auto& [name, weight] : parameters) {
    const auto got = summary(gradients ? weight.grad() : weight);
    const auto& row = want[name];
    // A sum cancels: its error is one of the magnitudes'.
    const double magnitudes = row[1];
    EXPECT_NEAR(got[0], row[0].get<double>(), 2e-5 * magnitudes) << name;
    EXPECT_NEAR(got[1], magnitudes, 2e-5 * magnitudes) << name;
    EXPECT_NEAR(got[2], row[2].get<double>(), 2e-5 * row[2].get<double>())
        << name;
  }
}

class OptimiserParity : public TrainParity {
 protected:
  // Three steps of AdamW on one loss, as the fixture made them.
  void run(const Json& golden, const std::function<double()>& loss) {
    SCOPED_TRACE(golden["loss"].get<std::string>());
    TrainOptions options;
    options.weight_decay = 0.01;
    options.clip = 0;
    const auto optimiser = make_optimiser(policy_->parameters(), options);
    expect_summaries(policy_->parameters(), golden["params_before"], false);
    for (const Json& step : golden["steps"]) {
      const auto want = step["loss_before"].get<double>();
      EXPECT_NEAR(loss(), want, 1e-4 * std::abs(want));
      if (step.contains("grads") && !step["grads"].is_null()) {
        expect_summaries(policy_->parameters(), step["grads"], true);
      }
      const auto norm = step["grad_norm"].get<double>();
      EXPECT_NEAR(optimiser->step(1e-3), norm, 1e-4 * norm);
      if (!step["params"].is_null()) {
        expect_summaries(policy_->parameters(), step["params"], false);
      }
    }
    const auto after = golden["loss_after"].get<double>();
    EXPECT_NEAR(loss(), after, 1e-4 * std::max(1.0, std::abs(after)));
    EXPECT_EQ(optimiser->steps(), 3);
  }

  const Json& case_of(const std::string& loss) {
    for (const Json& golden : golden_["optim"]) {
      if (golden["loss"] == loss) return golden;
    }
    throw std::runtime_error("no case " + loss);
  }
};

TEST_F(OptimiserParity, ThreeStepsOnTheCrossEntropy) {
  run(case_of("ce"), [&] {
    const Tensor loss = mean_nll(*policy_, forget_);
    loss.backward();
    return loss.item<double>();
  });
}

TEST_F(OptimiserParity, ThreeStepsOnNpo) {
  run(case_of("npo"), [&] { return loss_of("npo", {{"retain", 0.0}}); });
}

TEST_F(OptimiserParity, ThreeStepsOnTheGradientDifference) {
  run(case_of("ga_gdr"),
      [&] { return loss_of("gradient_difference", Json::object()); });
}

TEST_F(TrainParity, LearningRatesAreThoseOfTransformers) {
  size_t compared = 0;
  for (const Json& golden : golden_["lr_schedules"]) {
    const auto name = golden["name"].get<std::string>();
    SCOPED_TRACE(name);
    TrainOptions options;
    options.lr = 1;
    options.schedule = name == "constant_with_warmup" ? "constant" : name;
    options.warmup = golden["num_warmup_steps"].get<double>();
    const auto rates = golden["lr"].get<std::vector<double>>();
    const auto total =
        golden.value("num_training_steps", static_cast<int64_t>(rates.size()));
    // Rate t of the fixture is that of step t + 1; steps end at `total`.
    for (int64_t step = 1; step <= total; ++step) {
      EXPECT_NEAR(learning_rate(options, step, total), rates[step - 1], 1e-8)
          << step;
      ++compared;
    }
  }
  EXPECT_GE(compared, 30u);
}

}  // namespace
}  // namespace lethe
