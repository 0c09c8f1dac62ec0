// Losses with other answers against their formulas, worked out in float64 from
// the log-probs of a small model.
#include <cmath>

#include "methods/pairs_testing.h"

namespace lethe {
namespace {

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

using Pairs = PairTest;

TEST_F(Pairs, PreferenceIsOfEachRowsOwnOtherAnswer) {
  const std::vector<double> w = changes(alternate_), l = changes(forget_);
  for (const double beta : {0.05, 0.1, 0.5}) {
    double wanted = 0;
    for (size_t i = 0; i < 3; ++i) {
      wanted -= std::log(sigmoid(beta * (w[i] - l[i]))) / 3;
    }
    for (const char* method : {"dpo", "idk_dpo", "altpo"}) {
      SCOPED_TRACE(method);
      const Json plain = {{"beta", beta}, {"form", "paper"}, {"retain", 0.0}};
      EXPECT_NEAR(stepped(method, plain).loss, wanted, 1e-5 * wanted);
      const Json whole = {{"beta", beta},
                          {"form", "open_unlearning"},
                          {"forget", 0.5},
                          {"retain", 3.0},
                          {"kl", 2.0}};
      const TestStep step = stepped(method, whole);
      const double scaled = 2 / beta * wanted;
      EXPECT_NEAR(step.terms.at("forget"), scaled, 1e-5 * scaled);
      EXPECT_NEAR(step.terms.at("retain"), token_mean(*model_, retain_), 1e-5);
      EXPECT_NEAR(step.loss,
                  0.5 * scaled + 3 * step.terms.at("retain") +
                      2 * kl_to(*model_, *original_, retain_).item<double>(),
                  2e-5 * scaled);
    }
  }
}

TEST_F(Pairs, DefaultsAreThoseOfThePapersAndPeers) {
  const double plain = stepped("dpo", {{"retain", 0.0}}).loss;
  EXPECT_NEAR(stepped("idk_dpo", {{"retain", 0.0}}).loss, 20 * plain, 1e-4);
  EXPECT_NEAR(stepped("altpo", {{"retain", 0.0}}).loss, 20 * plain, 1e-4);
}

TEST_F(Pairs, PreferenceMovesBothAnswers) {
  for (const bool up : {true, false}) {
    const Batch& batch = up ? alternate_ : forget_;
    stepped("dpo", {{"retain", 0.0}});
    const std::vector<double> before = changes(batch);
    const at::NoGradGuard no_gradients;
    for (const auto& [name, tensor] : model_->parameters()) {
      Tensor(tensor).sub_(tensor.grad() * 1e-3);
    }
    double moved = 0;
    const std::vector<double> after = changes(batch);
    for (size_t i = 0; i < 3; ++i) moved += after[i] - before[i];
    EXPECT_GT(up ? moved : -moved, 0);
  }
}

TEST_F(Pairs, RefusalsAreLearnedAsMeansOverTheirTokens) {
  const double refusal = token_mean(*model_, alternate_);
  const double retain = token_mean(*model_, retain_);
  EXPECT_NEAR(stepped("idk_nll", {{"retain", 2.0}}).loss, refusal + 2 * retain,
              1e-5);
  EXPECT_NEAR(stepped("refusal_tuning", {{"forget", 3.0}}).loss, 3 * refusal,
              1e-5);
  EXPECT_NEAR(stepped("refusal_tuning", {{"retain", 1.0}}).loss,
              stepped("idk_nll", Json::object()).loss, 1e-6);
}

TEST_F(Pairs, TofusFormIsOneMeanOverRefusalsAndRetain) {
  double sum = 0, count = 0;
  for (const Batch* batch : {&alternate_, &retain_}) {
    for (const auto& [key, row] : nll(*model_, *batch)) {
      for (const double one : row) sum += one;
      count += static_cast<double>(row.size());
    }
  }
  EXPECT_NEAR(stepped("idk_nll", {{"form", "tofu"}}).loss, sum / count, 1e-5);
  const double refusals =
      stepped("idk_nll", {{"form", "tofu"}, {"retain", 0.0}})
          .terms.at("forget");
  EXPECT_NEAR(refusals, token_mean(*model_, alternate_), 1e-5);
}

TEST_F(Pairs, KtoHoldsEachRowAgainstTheOtherAnswers) {
  double above = 0, below = 0;
  for (const bool swapped : {false, true}) {
    if (swapped) std::swap(model_, original_);
    double z = 0;
    for (const double one : changes(alternate_)) z += one / 3;
    (z > 0 ? above : below) += 1;
    for (const double beta : {0.1, 0.5}) {
      double paper = 0, npo = 0, npo_log = 0;
      for (const double r : changes(forget_)) {
        paper += (1 - sigmoid(beta * (std::max(0.0, z) - r))) / 3;
        npo += (1 - 2 / beta * sigmoid(z - beta * r)) / 3;
        npo_log += (1 - 2 / beta * std::log(sigmoid(z - beta * r))) / 3;
      }
      const auto of = [&](const char* form) {
        return stepped("kto", {{"beta", beta}, {"form", form}, {"retain", 0.0}})
            .loss;
      };
      EXPECT_NEAR(of("paper"), paper, 1e-5);
      EXPECT_NEAR(of("npo_sigmoid"), npo, 1e-5 * std::abs(npo) + 1e-5);
      EXPECT_NEAR(of("npo_logsigmoid"), npo_log, 1e-5 * std::abs(npo_log));
    }
    stepped("kto", Json::object());
  }
  EXPECT_EQ(above, 1) << "z is once above and once below 0";
  EXPECT_EQ(below, 1);
}

TEST_F(Pairs, TheReferencePointOfKtoRecordsNoGradient) {
  for (const char* form : {"paper", "npo_sigmoid", "npo_logsigmoid"}) {
    SCOPED_TRACE(form);
    stepped("kto", {{"form", form}, {"retain", 0.0}});
    const std::vector<float> got = gradients();
    stepped("gradient_ascent", {{"forget", 0.0}});  // clears
    double z = 0;
    for (const double one : changes(alternate_)) z += one / 3;
    const Tensor before = [&] {
      const at::NoGradGuard no_gradients;
      return sequence_logprobs(*original_, forget_);
    }();
    const Tensor r = sequence_logprobs(*model_, forget_) - before;
    const double beta = 0.1;
    const std::string name = form;
    const Tensor value =
        name == "paper" ? 1 - at::sigmoid((-r + std::max(0.0, z)) * beta)
        : name == "npo_sigmoid" ? 1 - at::sigmoid(-r * beta + z) * 20
                                : 1 - at::log_sigmoid(-r * beta + z) * 20;
    value.mean().backward();
    const std::vector<float> wanted = gradients();
    ASSERT_EQ(got.size(), wanted.size());
    for (size_t i = 0; i < got.size(); ++i) {
      EXPECT_NEAR(got[i], wanted[i], 1e-5 + 1e-4 * std::abs(wanted[i]));
    }
  }
}

TEST_F(Pairs, LlmUnlearnWeighsEveryRowAlike) {
  const double forget = row_mean(*model_, forget_);
  const double mismatch = row_mean(*model_, alternate_);
  const double kl = kl_to(*model_, *original_, retain_).item<double>();
  EXPECT_NEAR(stepped("llm_unlearn", Json::object()).loss,
              -0.5 * forget + mismatch + kl, 1e-5);
  EXPECT_NEAR(
      stepped("llm_unlearn", {{"forget", 2.0}, {"mismatch", 3.0}, {"kl", 0.5}})
          .loss,
      -2 * forget + 3 * mismatch + 0.5 * kl, 2e-5);
}

TEST_F(Pairs, CrossEntropyIsTheKlPlusTheOriginalsEntropy) {
  Ragged rows = retain_.rows;
  rows.wanted = retain_.scored;
  const at::NoGradGuard no_gradients;
  const auto logp = [&](const Model& model) {
    return at::log_softmax(
        head_logits(model.head_weights(), model.hidden(rows)).to(at::kDouble),
        1);
  };
  const double wanted =
      -(logp(*original_).exp() * logp(*model_)).sum(1).mean().item<double>();
  const at::AutoGradMode with_gradients(true);
  const Json only = {{"forget", 0.0}, {"mismatch", 0.0}};
  Json crossed = only;
  crossed["normal"] = "cross_entropy";
  EXPECT_NEAR(stepped("llm_unlearn", crossed).loss, wanted, 1e-5);
  const std::vector<float> gradient = gradients();
  EXPECT_LT(stepped("llm_unlearn", only).loss, wanted - 0.1);
  EXPECT_EQ(gradients(), gradient);
}

TEST(LlmUnlearnBound, EndsTrainingWhenTheForgetNllReachesIt) {
  const auto stops = [](double bound, double nll) {
    TrainState state;
    if (nll > 0) state.terms["forget"] = nll;
    Registry<Method>::make("llm_unlearn", {{"bound", bound}})
        ->before_step(state);
    return state.stop;
  };
  EXPECT_FALSE(stops(0, 1e9)) << "0: none";
  EXPECT_FALSE(stops(5, 4.9));
  EXPECT_TRUE(stops(5, 5));
  EXPECT_FALSE(stops(5, 0)) << "nothing is known before the first step";
}

TEST_F(Pairs, WhatIsFarFromTheOriginalHasFiniteGradients) {
  for (const auto& [name, tensor] : model_->parameters()) {
    if (name != "lm_head.weight") continue;
    const at::NoGradGuard no_gradients;
    Tensor(tensor).mul_(1000);
  }
  for (const char* method : {"dpo", "idk_dpo", "altpo", "kto", "idk_nll",
                             "refusal_tuning", "llm_unlearn"}) {
    EXPECT_TRUE(std::isfinite(stepped(method, Json::object()).loss)) << method;
    for (const float one : gradients()) ASSERT_TRUE(std::isfinite(one));
  }
}

TEST(PairOptions, AreChecked) {
  const std::pair<const char*, Json> wrong[] = {
      {"dpo", {{"beta", 0.0}}},
      {"dpo", {{"form", "tofu"}}},
      {"idk_dpo", {{"form", "open-unlearning"}}},
      {"idk_nll", {{"form", "sum"}}},
      {"kto", {{"beta", -1.0}}},
      {"kto", {{"form", "kto_sigmoid"}}},
      {"kto", {{"pool", 0}}},
      {"altpo", {{"written", 0}}},
      {"altpo", {{"temperature", 0.0}}},
      {"llm_unlearn", {{"normal", "ce"}}},
      {"llm_unlearn", {{"random_answers", 0}}},
      {"llm_unlearn", {{"bound", -1.0}}}};
  for (const auto& [method, options] : wrong) {
    EXPECT_THROW(Registry<Method>::make(method, options), Error)
        << method << options.dump();
  }
}

}  // namespace
}  // namespace lethe
