// Objectives that read the original's states, logits or a dual variable,
// against their formulas worked out in float64; gradients against autograd's.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "harness/base/registry.h"
#include "harness/base/rng.h"
#include "harness/plugin/method.h"
#include "harness/tensor/ops.h"
#include "harness/train/losses.h"
#include "harness/train/test_step.h"
#include "harness/train/tiny_training.h"

namespace lethe {
namespace {

class Teachers : public testing::Test {
 protected:
  void SetUp() override {
    const Json config = small_llama(3);
    model_ = Model::create(config, test_compute(), 7);
    original_ = Model::create(config, test_compute(), 8);
    forget_ = small_rows({5, 9, 3}, "forget");
    retain_ = small_rows({6, 4, 4}, "retain");
    forget_batch_ = make_batch(forget_, {0, 1, 2}, model_->device());
    retain_batch_ = make_batch(retain_, {0, 1, 2}, model_->device());
    state_ = {1, 100, 10, {}, {}, false, 5};
  }

  void clear() {
    for (const auto& [name, tensor] : model_->parameters()) {
      Tensor(tensor).mutable_grad().reset();
    }
  }

  TestStep stepped(const std::string& method, const Json& options) {
    clear();
    const auto made = Registry<Method>::make(method, options);
    TestStep step(*model_, {forget_batch_, retain_batch_, none_},
                  original_.get(), state_);
    step.layer = layer_of(made->uses(), model_->config().layers);
    made->step(step);
    return step;
  }

  // Each parameter's gradient, one after the other; 0 where there is none.
  std::vector<float> gradients() const {
    std::vector<float> all;
    for (const auto& [name, tensor] : model_->parameters()) {
      const Tensor own = tensor.grad().defined()
                             ? tensor.grad()
                             : at::zeros_like(tensor.detach());
      const std::vector<float> values = to_floats(own.flatten());
      all.insert(all.end(), values.begin(), values.end());
    }
    return all;
  }

  // That the step's loss is `wanted`, and its gradients those of it.
  void expect_loss(const std::string& method, const Json& options,
                   const std::function<Tensor()>& wanted) {
    SCOPED_TRACE(method + options.dump());
    const double loss = stepped(method, options).loss;
    const std::vector<float> got = gradients();
    clear();
    const Tensor value = wanted();
    value.backward();
    const auto number = value.item<double>();
    EXPECT_NEAR(loss, number, 1e-5 * std::max(1.0, std::abs(number)));
    const std::vector<float> expected = gradients();
    double largest = 0;
    for (const float one : expected) {
      largest = std::max(largest, std::abs(static_cast<double>(one)));
    }
    EXPECT_GT(largest, 1e-3);
    for (size_t i = 0; i < got.size(); ++i) {
      ASSERT_NEAR(got[i], expected[i], 1e-5 * std::max(1.0, largest));
    }
  }

  // [M, V] float64.
  static Tensor logits_of(const Model& model, const Batch& batch) {
    return head_logits(model.head_weights(), scored_states(model, batch))
        .to(at::kDouble);
  }
  // [M, H] float64 of the supervised tokens after some layers.
  static Tensor states_of(const Model& model, const Batch& batch,
                          int64_t layers) {
    return model.states_after(batch.rows, layers)
        .index_select(0, batch.scored)
        .to(at::kDouble);
  }
  static Tensor nll_of(const Model& model, const Batch& batch) {
    const Tensor logp = at::log_softmax(logits_of(model, batch), 1);
    return -logp.gather(1, batch.targets.unsqueeze(1)).mean();
  }
  // T^2 mean KL of the softened predictions.
  Tensor distilled(const Batch& batch, double t) const {
    const Tensor logp0 =
        at::log_softmax(logits_of(*original_, batch).detach() / t, 1);
    const Tensor logp = at::log_softmax(logits_of(*model_, batch) / t, 1);
    return (logp0.exp() * (logp0 - logp)).sum(1).mean() * (t * t);
  }

  std::shared_ptr<Model> model_, original_;
  TrainingSet forget_, retain_;
  Batch forget_batch_, retain_batch_, none_;
  TrainState state_;
};

TEST_F(Teachers, UndialLearnsTheOriginalWithTheTruthLowered) {
  for (const double strength : {10.0, 1.5}) {
    expect_loss(
        "undial",
        {{"strength", strength}, {"forget", 2.0}, {"retain", 0.5}, {"kl", 3.0}},
        [&] {
          Tensor lowered = logits_of(*original_, forget_batch_).detach();
          for (int64_t i = 0; i < lowered.size(0); ++i) {
            lowered[i][forget_batch_.targets[i].item<int64_t>()] -= strength;
          }
          const Tensor logp =
              at::log_softmax(logits_of(*model_, forget_batch_), 1);
          const Tensor forget = -(at::softmax(lowered, 1) * logp).sum(1).mean();
          return forget * 2 + nll_of(*model_, retain_batch_) * 0.5 +
                 distilled(retain_batch_, 1) * 3;
        });
  }
}

TEST_F(Teachers, NpoOfLogitsIsMeanOverTokensAndVocabulary) {
  const auto term = [&](double beta, const Tensor& base) {
    const Tensor ratio = base - logits_of(*model_, forget_batch_);
    return -at::log(at::sigmoid(ratio * beta)).mean() * (2 / beta);
  };
  for (const double beta : {0.1, 2.0}) {
    expect_loss(
        "npo", {{"form", "muse_logits"}, {"beta", beta}, {"retain", 0.5}}, [&] {
          return term(beta, logits_of(*original_, forget_batch_).detach()) +
                 nll_of(*model_, retain_batch_) * 0.5;
        });
    expect_loss("simnpo",
                {{"form", "muse_logits"},
                 {"beta", beta},
                 {"gamma", 0.3},
                 {"forget", 1.0},
                 {"retain", 0.0}},
                [&] {
                  return term(beta, at::full({}, -0.3 / beta,
                                             at::TensorOptions(at::kDouble)));
                });
  }
}

TEST_F(Teachers, PduFlattensLogits) {
  state_.numbers["lambda"] = 0.25;
  expect_loss("pdu", {{"retain_eps", 0.3}, {"forget", 2.0}}, [&] {
    const Tensor z = logits_of(*model_, forget_batch_);
    const Tensor peak = std::get<0>(z.max(1)) - z.mean(1);
    return peak.square().mean() * 2 + nll_of(*model_, retain_batch_) * 0.25;
  });
}

TEST_F(Teachers, PduMeasuresTheConstraintWhenItsWeightIsZero) {
  state_.numbers["lambda"] = 0;
  const TestStep step = stepped("pdu", {{"retain_eps", 0.3}});
  EXPECT_NEAR(step.terms.at("retain"),
              nll_of(*model_, retain_batch_).item<double>(), 1e-5);
  EXPECT_NEAR(step.loss, step.terms.at("forget"), 1e-9);
}

TEST(Pdu, MovesItsWeightByHowFarTheBoundIsBroken) {
  const auto pdu = Registry<Method>::make("pdu", {{"retain_eps", 0.5},
                                                  {"retain", 2.0},
                                                  {"dual_step", 4.0},
                                                  {"warmup_epochs", 1.0}});
  TrainState state{1, 20, 2, {}, {}, false, 0};
  const auto after = [&](double nll) {
    state.terms = {{"retain", nll}};
    ++state.step;
    pdu->before_step(state);
    return state.numbers.at("lambda");
  };
  pdu->before_step(state);
  EXPECT_EQ(state.numbers.at("lambda"), 2);
  EXPECT_EQ(after(1.0), 2);  // steps 1 and 2 are the first epoch
  EXPECT_EQ(after(1.0), 2);
  EXPECT_EQ(after(1.0), 4);
  EXPECT_EQ(after(0.25), 3);
  EXPECT_EQ(after(-1.0), 0);  // never below
  EXPECT_EQ(after(0.75), 1);  // and up again
}

TEST_F(Teachers, ScrubLeavesItsTeacherOnForgetAndFollowsItOnRetain) {
  const Json options = {
      {"kl", 0.5}, {"retain", 0.25}, {"forget", 2.0}, {"temperature", 3.0}};
  expect_loss("scrub", options, [&] {
    return distilled(retain_batch_, 3) * 0.5 +
           nll_of(*model_, retain_batch_) * 0.25;
  });
  state_.step = 11;  // the second pass
  expect_loss("scrub", options,
              [&] { return distilled(forget_batch_, 3) * -2; });
}

TEST_F(Teachers, ScrubTakesTurnsAndEndsWithRetain) {
  const auto phases = [&](const Json& options, int64_t steps, int64_t epoch) {
    state_.steps = steps;
    state_.epoch_steps = epoch;
    std::string all;
    for (state_.step = 1; state_.step <= steps; ++state_.step) {
      const TestStep step = stepped("scrub", options);
      all += step.terms.count("forget") > 0 ? 'M' : '.';
    }
    return all;
  };
  EXPECT_EQ(phases(Json::object(), 12, 2), "..MM..MM....");
  EXPECT_EQ(phases({{"max_epochs", 1}}, 12, 2), "..MM........");
  EXPECT_EQ(phases({{"max_epochs", 9}}, 12, 2), "..MM..MM....");
  EXPECT_EQ(phases({{"first_phase", "max"}}, 8, 2), "MM..MM..");
  EXPECT_EQ(phases({{"first_phase", "max"}}, 6, 2), "MM....");
  EXPECT_EQ(phases(Json::object(), 3, 8), ".M.");
  EXPECT_EQ(phases(Json::object(), 8, 8), "..MM....");
  TrainState two{1, 2, 8, {}, {}, false, 0};
  EXPECT_THROW(
      Registry<Method>::make("scrub", Json::object())->before_step(two), Error);
}

// The direction that a seed gives.
Tensor direction(uint64_t seed) {
  Rng rng(seed, "rmu");
  std::vector<double> values;
  for (int i = 0; i < 8; ++i) values.push_back(rng.uniform());
  const Tensor drawn = at::tensor(values, at::TensorOptions(at::kDouble));
  return drawn / drawn.square().sum().sqrt();
}

TEST_F(Teachers, RmuSteersForgetStatesAndKeepsThoseOfRetain) {
  const Tensor u = direction(5).to(model_->device());
  const auto kept = [&](int64_t layers) {
    return (states_of(*model_, retain_batch_, layers) -
            states_of(*original_, retain_batch_, layers).detach())
        .square()
        .mean();
  };
  const auto steered = [&](int64_t layers, const Tensor& target) {
    return (states_of(*model_, forget_batch_, layers) - target).square().mean();
  };
  Json options = {{"steering", 4.0}, {"forget", 2.0}, {"retain", 3.0}};
  expect_loss("rmu", options,
              [&] { return steered(1, u * 4) * 2 + kept(1) * 3; });
  for (const int64_t layer : {0, 1, 2}) {
    options["layer"] = layer;
    expect_loss("rmu", options, [&] {
      return steered(layer + 1, u * 4) * 2 + kept(layer + 1) * 3;
    });
  }
  options["form"] = "adaptive";
  options["scale"] = 1.5;
  options["layer"] = 1;
  expect_loss("rmu", options, [&] {
    const Tensor length = states_of(*original_, forget_batch_, 2)
                              .detach()
                              .square()
                              .sum(1, true)
                              .sqrt();
    return steered(2, u * length * 1.5) * 2 + kept(2) * 3;
  });
  options["layer"] = 3;
  EXPECT_THROW(stepped("rmu", options), Error);
}

TEST(LayerOf, TakesAShareOfTheLayers) {
  EXPECT_EQ(layer_of({.original_depth = 0.25}, 32), 8);
  EXPECT_EQ(layer_of({.original_depth = 0.25}, 2), 1);
  EXPECT_EQ(layer_of({.original_depth = 0.25}, 1), 1);
  EXPECT_EQ(layer_of({.original_layer = 3}, 3), 3);
  EXPECT_EQ(layer_of({}, 3), -1);
  EXPECT_THROW(layer_of({.original_layer = 4}, 3), Error);
}

TEST(TeacherOptions, AreChecked) {
  const auto refuse = [](const std::string& method, const Json& options) {
    EXPECT_THROW(Registry<Method>::make(method, options), Error)
        << method << options;
  };
  refuse("pdu", Json::object());
  refuse("pdu", {{"retain_eps", 0.3}, {"retain", -1.0}});
  refuse("rmu", {{"form", "other"}});
  refuse("rmu", {{"layer", -2}});
  refuse("rmu", {{"steering", 0.0}});
  refuse("undial", {{"strength", 0.0}});
  refuse("scrub", {{"temperature", 0.0}});
  refuse("scrub", {{"max_epochs", 0}});
  refuse("scrub", {{"first_phase", "both"}});
  refuse("npo", {{"form", "logits"}});
  refuse("simnpo", {{"form", "logits"}});
  refuse("ssd", {{"selection", 0.0}});
  refuse("ssd", {{"against", "forget"}});
  refuse("task_vector", {{"alpha", 0.0}});
}

}  // namespace
}  // namespace lethe
