// Products with the weights of gpt2 (124 M) and of a llama layer 2,048 wide,
// beside the library's. items_per_second is floating-point operations a second.
#include <benchmark/benchmark.h>

#include "harness/tensor/linear.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

struct Product {
  Tensor x, weight;
  at::NoGradGuard no_grad;

  explicit Product(const benchmark::State& state) {
    const auto dtype = state.range(3) == 16 ? at::kBFloat16 : at::kFloat;
    x = at::randn({state.range(0), state.range(1)}).to(dtype);
    weight = at::randn({state.range(2), state.range(1)}).to(dtype);
  }
};

void finish(benchmark::State& state) {
  state.SetItemsProcessed(state.iterations() * 2 * state.range(0) *
                          state.range(1) * state.range(2));
}

void BM_TimesWeight(benchmark::State& state) {
  const Product product(state);
  for (auto _ : state) {
    benchmark::DoNotOptimize(times_weight(product.x, product.weight));
  }
  finish(state);
}

void BM_LibraryTimesWeight(benchmark::State& state) {
  const Product product(state);
  for (auto _ : state) {
    benchmark::DoNotOptimize(at::linear(product.x, product.weight));
  }
  finish(state);
}

// Rows, inputs, outputs, bits of a number.
void shapes(benchmark::internal::Benchmark* bench) {
  bench->ArgNames({"rows", "in", "out", "bits"})->UseRealTime();
  for (const int64_t bits : {32, 16}) {
    for (const int64_t rows : {1, 4, 16, 30, 64, 128, 2048}) {
      bench->Args({rows, 768, 2304, bits})->Args({rows, 3072, 768, bits});
      bench->Args({rows, 2048, 5632, bits})->Args({rows, 4096, 1536, bits});
    }
    bench->Args({16, 768, 50257, bits})->Args({1024, 768, 50257, bits});
  }
}
BENCHMARK(BM_TimesWeight)->Apply(shapes);
BENCHMARK(BM_LibraryTimesWeight)->Apply(shapes);

}  // namespace
}  // namespace lethe
