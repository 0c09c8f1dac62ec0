// Optimisers on tensors: bytes, steps of mixed dtypes, quality on a small
// problem, refusals.
#include "harness/train/optimiser.h"

#include <gtest/gtest.h>

#include <cmath>

#include "harness/base/error.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

TrainOptions options_of(const Json& given) {
  Json all = {{"clip", 0.0}, {"eps", 1e-8}};
  all.update(given);
  return parse_train_options(all);
}

Tensor noise(const std::vector<int64_t>& shape, uint64_t seed) {
  const auto generator = at::make_generator<at::CPUGeneratorImpl>(seed);
  return at::randn(shape, generator, at::TensorOptions(at::kFloat));
}

Tensor leaf(const Tensor& x) { return x.detach().requires_grad_(true); }

struct Kind {
  const char* optimiser;
  const char* rounding = "stochastic";
  at::ScalarType dtype = at::kBFloat16;

  Json json() const {
    return {{"optimiser", optimiser}, {"rounding", rounding}};
  }
};

const Kind kKinds[] = {
    {"adamw", "stochastic", at::kFloat},
    {"adamw"},
    {"adamw", "nearest"},
    {"adamw", "master"},
    {"adamw_8bit", "stochastic", at::kFloat},
    {"adamw_8bit"},
    {"adamw_8bit", "master"},
    {"adamw_factored", "stochastic", at::kFloat},
    {"adamw_factored"},
    {"adamw_factored", "master"},
};

class Kinds : public testing::TestWithParam<Kind> {};
INSTANTIATE_TEST_SUITE_P(, Kinds, testing::ValuesIn(kKinds));

TEST_P(Kinds, TakesExactlyTheBytesThatThePlanNames) {
  const std::vector<Shape> shapes = {{31, 17}, {300, 257}, {513}, {1}};
  NamedTensors parameters;
  int64_t weights = 0, largest = 0;
  for (const Shape& shape : shapes) {
    parameters.emplace_back(std::to_string(parameters.size()),
                            leaf(at::ones(shape, GetParam().dtype)));
    const auto bytes = static_cast<int64_t>(parameters.back().second.nbytes());
    weights += bytes;
    largest = std::max(largest, bytes);
  }
  TrainOptions options = options_of(GetParam().json());
  const auto optimiser = make_optimiser(parameters, options);
  int64_t masters = 0, moments = 0;
  for (const auto& [name, tensor] : optimiser->state()) {
    const auto bytes = static_cast<int64_t>(tensor.nbytes());
    if (name.rfind("master:", 0) == 0) {
      masters += bytes;
    } else if (name.rfind("weight:", 0) != 0) {
      moments += bytes;
    }
  }
  // The library's counts of steps are no part of checkpoints.
  const bool library = GetParam().dtype == at::kFloat &&
                       std::string(GetParam().optimiser) == "adamw";
  if (library) moments += 4 * static_cast<int64_t>(shapes.size());
  OptimiserBytes want = optimiser_bytes(shapes, GetParam().dtype, options);
  EXPECT_EQ(want.moments, moments);
  EXPECT_EQ(want.masters, masters);
  EXPECT_EQ(want.gradients, weights);
  options.fused_step = true;
  want = optimiser_bytes(shapes, GetParam().dtype, options);
  EXPECT_EQ(want.moments, moments);
  EXPECT_EQ(want.gradients, largest);
}

// Two layers that learn what two layers of other weights say: the loss after
// 300 steps over that of the start.
double learnt(const Kind& kind) {
  const Tensor a0 = noise({48, 24}, 1) / 5, b0 = noise({12, 48}, 2) / 7;
  const auto said = [](const Tensor& x, const Tensor& a, const Tensor& b) {
    return at::linear(at::tanh(at::linear(x, a)), b);
  };
  const Tensor bias0 = noise({12}, 3);
  const NamedTensors parameters = {
      {"a", leaf((noise({48, 24}, 4) / 5).to(kind.dtype))},
      {"b", leaf((noise({12, 48}, 5) / 7).to(kind.dtype))},
      {"bias", leaf(at::zeros({12}, kind.dtype))}};
  const auto loss = [&](uint64_t seed) {
    const Tensor x = noise({64, 24}, 100 + seed);
    const Tensor got = said(x, parameters[0].second.to(at::kFloat),
                            parameters[1].second.to(at::kFloat)) +
                       parameters[2].second.to(at::kFloat);
    return (got - said(x, a0, b0) - bias0).square().mean();
  };
  const auto optimiser =
      make_optimiser(parameters, options_of({{"optimiser", kind.optimiser},
                                             {"rounding", kind.rounding},
                                             {"weight_decay", 0.0}}));
  const double before = loss(9999).item<double>();
  for (uint64_t step = 1; step <= 300; ++step) {
    loss(step).backward();
    optimiser->step(0.005);
  }
  EXPECT_EQ(optimiser->steps(), 300);
  return loss(9999).item<double>() / before;
}

TEST(Optimiser, LessMemoryLearnsAlmostAsMuch) {
  const double full = learnt({"adamw", "stochastic", at::kFloat});
  EXPECT_LT(full, 0.1);
  EXPECT_LT(learnt({"adamw_8bit", "stochastic", at::kFloat}), 1.1 * full);
  EXPECT_LT(learnt({"adamw_factored", "stochastic", at::kFloat}), 1.1 * full);
  EXPECT_LT(learnt({"adamw"}), 1.1 * full);
  EXPECT_LT(learnt({"adamw", "master"}), 1.1 * full);
  EXPECT_LT(learnt({"adamw_8bit"}), 1.1 * full);
  EXPECT_LT(learnt({"adamw_factored"}), 1.1 * full);
}

TEST(Optimiser, MovesBfloat16WeightsAtSmallRates) {
  const auto moved = [](const char* rounding) {
    const NamedTensors parameters = {
        {"w", leaf(at::ones({64, 64}, at::kBFloat16))}};
    const auto optimiser = make_optimiser(
        parameters,
        options_of({{"rounding", rounding}, {"weight_decay", 0.0}}));
    for (int step = 0; step < 300; ++step) {
      parameters[0].second.mutable_grad() =
          at::full({64, 64}, 0.01, at::kBFloat16);
      optimiser->step(1e-5);
    }
    return 1 - parameters[0].second.to(at::kDouble).mean().item<double>();
  };
  EXPECT_NEAR(moved("stochastic"), 0.003, 0.0003);
  EXPECT_NEAR(moved("master"), 0.003, 1.0 / 256);
  EXPECT_GT(moved("master"), 0);
  EXPECT_EQ(moved("nearest"), 0);
}

// bfloat16 weights beside float32 ones, as adapters are, clipped together.
TEST(Optimiser, ClipsByTheNormOfAllWeights) {
  const NamedTensors parameters = {
      {"base", leaf(at::zeros({2}, at::kBFloat16))},
      {"adapter", leaf(at::zeros({2}, at::kFloat))},
      {"unused", leaf(at::ones({2}, at::kFloat))}};
  const auto optimiser = make_optimiser(
      parameters, options_of({{"clip", 1.0}, {"weight_decay", 0.1}}));
  parameters[0].second.mutable_grad() =
      at::tensor({3.0F, 0.0F}).to(at::kBFloat16);
  parameters[1].second.mutable_grad() = at::tensor({0.0F, 4.0F});
  EXPECT_NEAR(optimiser->step(0.01), 5, 1e-6);
  EXPECT_NEAR(parameters[0].second[0].item<double>(), -0.01, 1e-4);
  EXPECT_NEAR(parameters[1].second[1].item<double>(), -0.01, 1e-6);
  EXPECT_NEAR(parameters[2].second[0].item<double>(), 1 - 0.001, 1e-6);
  for (const auto& [name, tensor] : optimiser->state()) {
    if (name == "exp_avg:adapter") {
      EXPECT_NEAR(tensor[1].item<double>(), 0.1 * 4 / 5, 1e-6);
    }
    if (name == "exp_avg:base") {
      EXPECT_NEAR(tensor[0].item<double>(), 0.1 * 3 / 5, 1e-3);
    }
  }
  for (const auto& [name, weight] : parameters) {
    EXPECT_FALSE(weight.grad().defined()) << name;
  }
}

TEST(Optimiser, AppliesNoGradientThatIsNotFinite) {
  for (const char* name : {"adamw", "adamw_8bit", "adamw_factored"}) {
    const NamedTensors parameters = {
        {"w", leaf(at::ones({2, 2}, at::kBFloat16))}};
    const auto optimiser =
        make_optimiser(parameters, options_of({{"optimiser", name}}));
    parameters[0].second.mutable_grad() =
        at::full({2, 2}, INFINITY, at::kBFloat16);
    EXPECT_FALSE(std::isfinite(optimiser->step(0.01)));
    EXPECT_EQ(optimiser->steps(), 0);
    EXPECT_TRUE(parameters[0].second.eq(1).all().item<bool>());
  }
}

void expect_refused(const Json& given, const std::string& says) {
  try {
    parse_train_options(given);
    FAIL() << given.dump();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find(says), std::string::npos)
        << error.what();
  }
}

TEST(Optimiser, RefusesByNameWhatCannotBe) {
  expect_refused({{"optimiser", "adam_8bit"}}, "adamw_8bit");
  expect_refused({{"rounding", "up"}}, "rounding");
  expect_refused({{"fused_step", true}}, "clip");
  expect_refused({{"fused_step", true}, {"clip", 0.0}, {"accumulate", 2}},
                 "accumulate");
  expect_refused({{"fused_step", true}, {"clip", 0.0}, {"sam_rho", 0.1}},
                 "sam_rho");
  expect_refused({{"sam_rho", 0.1}, {"rs_sigma", 0.1}}, "sam_rho");
  expect_refused({{"sam_rho", -1.0}}, "sam_rho");
  const NamedTensors half = {{"w", leaf(at::ones({2}, at::kHalf))}};
  EXPECT_THROW(make_optimiser(half, options_of(Json::object())), Error);
  EXPECT_NO_THROW(make_optimiser(half, options_of({{"rounding", "master"}})));
}

}  // namespace
}  // namespace lethe
