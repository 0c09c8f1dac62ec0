// A step of as many weights as gpt2 has, 124 M in one matrix. items_per_second
// is weights a second.
#include <benchmark/benchmark.h>

#include "harness/tensor/adam.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

constexpr int64_t kRows = 161'459, kColumns = 768;

AdamRates rates_of(int64_t step) {
  return {.lr = 1e-5,
          .beta1 = 0.9,
          .beta2 = 0.999,
          .eps = 1e-8,
          .weight_decay = 0.01,
          .step = step,
          .key = 1};
}

AdamTensors weight_of(at::ScalarType dtype) {
  AdamTensors t;
  t.weight = at::randn({kRows, kColumns}).to(dtype);
  t.gradient = at::randn({kRows, kColumns}).mul_(1e-3).to(dtype);
  return t;
}

void run(benchmark::State& state, const AdamTensors& t) {
  int64_t step = 0;
  for (auto _ : state) adam_step(t, rates_of(++step));
  state.SetItemsProcessed(state.iterations() * t.weight.numel());
}

at::ScalarType dtype_of(const benchmark::State& state) {
  return state.range(0) == 16 ? at::kBFloat16 : at::kFloat;
}

void BM_Adam(benchmark::State& state) {
  AdamTensors t = weight_of(dtype_of(state));
  t.exp_avg = at::zeros_like(t.weight);
  t.exp_avg_sq = at::zeros_like(t.weight);
  run(state, t);
}

void BM_AdamCodes(benchmark::State& state) {
  AdamTensors t = weight_of(dtype_of(state));
  t.exp_avg = at::zeros_like(t.weight, at::kByte);
  t.exp_avg_sq = at::zeros_like(t.weight, at::kByte);
  t.exp_avg_scale = at::zeros({adam_blocks(t.weight.numel())});
  t.exp_avg_sq_scale = at::zeros({adam_blocks(t.weight.numel())});
  run(state, t);
}

void BM_AdamFactored(benchmark::State& state) {
  AdamTensors t = weight_of(dtype_of(state));
  t.exp_avg = at::zeros_like(t.weight, at::kBFloat16);
  t.rows = at::zeros({kRows});
  t.columns = at::zeros({kColumns});
  run(state, t);
}

void BM_LibraryAdam(benchmark::State& state) {
  const AdamTensors t = weight_of(dtype_of(state));
  const std::vector<Tensor> weights = {t.weight}, gradients = {t.gradient},
                            first = {at::zeros_like(t.weight)},
                            second = {at::zeros_like(t.weight)},
                            steps = {at::ones({})};
  for (auto _ : state) {
    at::_fused_adamw_(weights, gradients, first, second, {}, steps, 1e-5, 0.9,
                      0.999, 0.01, 1e-8, false, false);
  }
  state.SetItemsProcessed(state.iterations() * t.weight.numel());
}

void BM_SumOfSquares(benchmark::State& state) {
  const AdamTensors t = weight_of(dtype_of(state));
  for (auto _ : state) benchmark::DoNotOptimize(sum_of_squares(t.gradient));
  state.SetItemsProcessed(state.iterations() * t.weight.numel());
}

void bits(benchmark::internal::Benchmark* bench) {
  bench->ArgName("bits")->Arg(32)->Arg(16)->UseRealTime()->Unit(
      benchmark::kMillisecond);
}
BENCHMARK(BM_Adam)->Apply(bits);
BENCHMARK(BM_AdamCodes)->Apply(bits);
BENCHMARK(BM_AdamFactored)->Apply(bits);
BENCHMARK(BM_LibraryAdam)->Apply(bits);
BENCHMARK(BM_SumOfSquares)->Apply(bits);

}  // namespace
}  // namespace lethe
