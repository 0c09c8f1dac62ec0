// Steps by hand, the kernel beside the plain form, the error of codes, rounding
// by chance.
#include "harness/tensor/adam.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <cmath>

#include "harness/tensor/ops.h"

namespace lethe {
namespace {

enum class State { wide, half, codes, factored };

AdamRates rates_of(int64_t step, bool stochastic = true) {
  return {.lr = 0.01,
          .beta1 = 0.9,
          .beta2 = 0.999,
          .eps = 1e-8,
          .weight_decay = 0.1,
          .step = step,
          .stochastic = stochastic,
          .key = 77 + static_cast<uint64_t>(step)};
}

AdamTensors tensors_of(const Tensor& weight, State state, bool master) {
  AdamTensors t;
  t.weight = weight.clone();
  if (master) t.master = weight.to(at::kFloat, false, true);
  const auto zeros = [&](at::ScalarType dtype) {
    return at::zeros(weight.sizes(), weight.options().dtype(dtype));
  };
  const auto scale = [&] {
    return at::zeros({adam_blocks(weight.numel())},
                     weight.options().dtype(at::kFloat));
  };
  if (state == State::codes) {
    t.exp_avg = zeros(at::kByte);
    t.exp_avg_sq = zeros(at::kByte);
    t.exp_avg_scale = scale();
    t.exp_avg_sq_scale = scale();
  } else if (state == State::factored) {
    t.exp_avg = zeros(at::kBFloat16);
    t.rows = at::zeros({weight.size(0)}, weight.options().dtype(at::kFloat));
    t.columns = at::zeros({weight.size(1)}, weight.options().dtype(at::kFloat));
  } else {
    t.exp_avg = zeros(state == State::wide ? at::kFloat : at::kBFloat16);
    t.exp_avg_sq = t.exp_avg.clone();
  }
  return t;
}

Tensor noise(const std::vector<int64_t>& shape, uint64_t seed) {
  const auto generator = at::make_generator<at::CPUGeneratorImpl>(seed);
  return at::randn(shape, generator, at::TensorOptions(at::kFloat));
}

double furthest(const Tensor& a, const Tensor& b) {
  return (a.to(at::kDouble) - b.to(at::kDouble)).abs().max().item<double>();
}

TEST(AdamStep, MovesOneWeightAsByHand) {
  AdamTensors t = tensors_of(at::full({1}, 2.0), State::wide, false);
  t.gradient = at::full({1}, 4.0);
  AdamRates rates = rates_of(1);
  rates.gradient_scale = 0.5;
  adam_step(t, rates);
  // g = 2; m = 0.2, v = 0.004; both corrected are g and g^2: a step of lr.
  EXPECT_NEAR(t.exp_avg.item<double>(), 0.2, 1e-7);
  EXPECT_NEAR(t.exp_avg_sq.item<double>(), 0.004, 1e-9);
  EXPECT_NEAR(t.weight.item<double>(), 2 * (1 - 0.001) - 0.01, 1e-6);
}

TEST(AdamStep, FactorsAreMeansOfSquaresOfRowsAndColumns) {
  AdamTensors t = tensors_of(at::zeros({2, 2}), State::factored, false);
  t.gradient = at::tensor({1.0F, 2.0F, 3.0F, 4.0F}).view({2, 2});
  adam_step(t, rates_of(1));
  EXPECT_NEAR(t.rows[0].item<double>(), 0.0025, 1e-8);
  EXPECT_NEAR(t.rows[1].item<double>(), 0.0125, 1e-8);
  EXPECT_NEAR(t.columns[0].item<double>(), 0.005, 1e-8);
  EXPECT_NEAR(t.columns[1].item<double>(), 0.010, 1e-8);
  // v[0, 1] = 0.0025 * 0.010 / 0.0075, corrected by 1000: 3.3333.
  EXPECT_NEAR(t.weight[0][1].item<double>(), -0.01 * 2 / std::sqrt(10.0 / 3),
              1e-6);
}

struct Form {
  State state;
  at::ScalarType dtype;
  bool master, stochastic;
};

class Forms : public testing::TestWithParam<Form> {};

// How far apart one rounding may put what is kept.
double tolerance(const Tensor& x) {
  const double largest = x.abs().max().item<double>();
  return x.scalar_type() == at::kFloat ? 2e-6 * largest : largest / 128;
}

TEST_P(Forms, KernelAndOperatorsAgree) {
  const Form form = GetParam();
  const Tensor start = noise({37, 301}, 1).to(form.dtype);
  AdamTensors kernel = tensors_of(start, form.state, form.master);
  AdamTensors plain = tensors_of(start, form.state, form.master);
  for (int64_t step = 1; step <= 4; ++step) {
    const auto seed = static_cast<uint64_t>(step);
    kernel.gradient = plain.gradient =
        (noise({37, 301}, 10 + seed) * noise({301}, 20 + seed)).to(form.dtype);
    adam_step(kernel, rates_of(step, form.stochastic));
    plain_adam_step(plain, rates_of(step, form.stochastic));
    // Each step starts from the same bits: rounding by chance may tip over.
    EXPECT_LE(furthest(kernel.weight, plain.weight), tolerance(plain.weight));
    const double differ =
        kernel.weight.ne(plain.weight).to(at::kDouble).mean().item<double>();
    if (form.dtype == at::kBFloat16) {
      EXPECT_LT(differ, 0.002);
    }
    if (form.state == State::codes) {
      const Tensor apart =
          kernel.exp_avg.to(at::kInt) - plain.exp_avg.to(at::kInt);
      EXPECT_LT(apart.ne(0).to(at::kDouble).mean().item<double>(), 0.002);
      EXPECT_EQ(furthest(kernel.exp_avg_scale, plain.exp_avg_scale), 0);
      EXPECT_LE(furthest(kernel.exp_avg_sq, plain.exp_avg_sq), 1);
    } else {
      EXPECT_LE(furthest(kernel.exp_avg, plain.exp_avg),
                tolerance(plain.exp_avg));
    }
    kernel.weight.copy_(plain.weight);
    kernel.exp_avg.copy_(plain.exp_avg);
    if (form.master) kernel.master.copy_(plain.master);
    if (plain.exp_avg_sq.defined()) kernel.exp_avg_sq.copy_(plain.exp_avg_sq);
  }
  EXPECT_GT(furthest(kernel.weight, start), 0.01);
}

TEST_P(Forms, ThreadsChangeNoBit) {
  const Form form = GetParam();
  const Tensor start = noise({257, 301}, 1).to(form.dtype);
  std::vector<AdamTensors> all;
  std::vector<double> sums;
  const int before = at::get_num_threads();
  for (const int threads : {1, 2}) {
    at::set_num_threads(threads);
    AdamTensors t = tensors_of(start, form.state, form.master);
    t.gradient = noise({257, 301}, 2).to(form.dtype);
    adam_step(t, rates_of(1, form.stochastic));
    adam_step(t, rates_of(2, form.stochastic));
    sums.push_back(sum_of_squares(t.gradient));
    all.push_back(t);
  }
  at::set_num_threads(before);
  EXPECT_EQ(sums[0], sums[1]);
  EXPECT_TRUE(at::equal(all[0].weight, all[1].weight));
  EXPECT_TRUE(at::equal(all[0].exp_avg, all[1].exp_avg));
}

INSTANTIATE_TEST_SUITE_P(
    , Forms,
    testing::Values(Form{State::wide, at::kFloat, false, true},
                    Form{State::half, at::kBFloat16, false, true},
                    Form{State::half, at::kBFloat16, false, false},
                    Form{State::wide, at::kBFloat16, true, true},
                    Form{State::codes, at::kBFloat16, false, true},
                    Form{State::codes, at::kFloat, false, false},
                    Form{State::codes, at::kBFloat16, true, true},
                    Form{State::factored, at::kBFloat16, false, true},
                    Form{State::factored, at::kFloat, false, true}));

// With beta1 = beta2 = 0 the moments are g and g^2; a second step with betas of
// almost 1 reads them back into the weight.
TEST(AdamCodes, AreWithinASixteenthAndZeroOnlyFarBelowTheLargest) {
  const Tensor g = noise({4096}, 3) * (noise({4096}, 4) * 2).exp();
  AdamTensors t = tensors_of(at::zeros({4096}), State::codes, false);
  t.gradient = g;
  AdamRates rates = rates_of(1, /*stochastic=*/false);
  rates.beta1 = rates.beta2 = 0;
  rates.lr = 0;
  adam_step(t, rates);
  // Widened by an average that keeps them: m / (sqrt(v) + eps) is the sign.
  AdamTensors same = t;
  same.weight = at::zeros({4096});
  same.gradient = at::zeros({4096});
  rates.beta1 = rates.beta2 = 1 - 1e-9;
  rates.step = 1'000'000'000;
  rates.weight_decay = 0;
  rates.lr = 1 - std::pow(rates.beta1, 1e9);
  rates.eps = 1e-30;
  adam_step(same, rates);
  const Tensor ratio =
      same.weight.abs() / std::sqrt(1 - std::pow(rates.beta2, 1e9));
  const Tensor largest =
      g.abs().view({16, 256}).amax(1, true).expand({16, 256});
  const Tensor small = g.abs() < largest.flatten() * std::ldexp(1.0, -14);
  // m within 1/16, sqrt(v) within 1/32.
  const Tensor kept = ratio.masked_select(~small);
  EXPECT_LE((kept - 1).abs().max().item<double>(), 1.0 / 16 + 1.0 / 32 + 0.01);
  EXPECT_GT(kept.numel(), 3500);
  EXPECT_TRUE(t.exp_avg_sq.ne(0).all().item<bool>());
}

TEST(AdamRounding, MovesBfloat16WeightsBelowTheirPrecisionOnAverage) {
  const Tensor start = at::ones({4096}, at::kBFloat16);
  for (const bool stochastic : {true, false}) {
    AdamTensors t = tensors_of(start, State::half, false);
    t.gradient = at::ones({4096}, at::kBFloat16);
    for (int64_t step = 1; step <= 20; ++step) {
      AdamRates rates = rates_of(step, stochastic);
      rates.lr = 1e-5;
      rates.weight_decay = 0;
      adam_step(t, rates);
    }
    const double moved = 1 - t.weight.to(at::kDouble).mean().item<double>();
    // 20 steps of 1e-5; numbers below 1 lie 1/256 apart.
    EXPECT_NEAR(moved, stochastic ? 2e-4 : 0, stochastic ? 5e-5 : 0);
  }
}

TEST(AdamRounding, AnAverageThatHardlyMovesIsRightOnAverage) {
  for (const State state : {State::half, State::codes}) {
    AdamTensors t = tensors_of(at::zeros({8192}, at::kBFloat16), state, false);
    const auto run = [&](double size, int64_t first, int64_t last,
                         bool chance) {
      t.gradient = at::full({8192}, size, at::kBFloat16);
      t.gradient[0] = 4;  // the scale of the block does not move
      for (int64_t step = first; step <= last; ++step) {
        adam_step(t, rates_of(step, chance));
      }
    };
    run(1, 1, 300, true);
    run(0, 301, 700, true);
    // v = (1 - .999^300) .999^400 = 0.174; the step is m / sqrt(v): m = 1 by
    // hand makes v readable.
    t.exp_avg.zero_();
    t.weight = at::zeros({8192}, at::kFloat);
    t.gradient = at::full({8192}, 1.0, at::kFloat);
    AdamRates rates = rates_of(1'000'000);
    rates.lr = 1;
    rates.weight_decay = 0;
    adam_step(t, rates);
    const double v = (at::full({8192}, 0.1) / t.weight)
                         .square()
                         .narrow(0, 256, 7936)
                         .mean()
                         .item<double>();
    const double want =
        (1 - std::pow(0.999, 300)) * std::pow(0.999, 401) + 1e-3;
    EXPECT_NEAR(v, want, 0.03 * want);
  }
}

TEST(AdamRounding, AddingIsRightOnAverage) {
  const Tensor weight = at::ones({65536}, at::kBFloat16);
  add_stochastic(weight, at::full({65536}, 2.0, at::kBFloat16), 1e-4, 5);
  EXPECT_NEAR(weight.to(at::kDouble).mean().item<double>(), 1.0002, 2e-5);
  EXPECT_EQ(weight.to(at::kDouble).amax().item<double>(), 1 + 1.0 / 128);
}

}  // namespace
}  // namespace lethe
