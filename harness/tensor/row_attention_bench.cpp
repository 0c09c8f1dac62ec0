// Attention of rows of many lengths, beside the library's of each length by
// itself. items_per_second is floating-point operations a second, of causal
// rows as if every token saw the whole row.
#include <benchmark/benchmark.h>

#include "harness/tensor/ops.h"
#include "harness/tensor/row_attention.h"

namespace lethe {
namespace {

// Rows of about 4,096 tokens together: lengths of 3/4 to 5/4 of the mean.
struct Batch {
  std::vector<std::pair<int64_t, int64_t>> rows;
  RowAttentionInput input;
  at::NoGradGuard no_grad;

  explicit Batch(const benchmark::State& state) {
    const int64_t mean = state.range(0),
                  count = std::max<int64_t>(4096 / mean, 2);
    int64_t tokens = 0;
    for (int64_t row = 0; row < count; ++row) {
      const int64_t length = mean * 3 / 4 + row * mean / 2 / (count - 1);
      rows.emplace_back(tokens, tokens + length);
      tokens += length;
    }
    const auto dtype = state.range(2) == 16 ? at::kBFloat16 : at::kFloat;
    const Tensor all = at::randn({tokens, 36, state.range(1)}).to(dtype);
    input.query = all.narrow(1, 0, 12);
    input.key = all.narrow(1, 12, 12);
    input.value = all.narrow(1, 24, 12);
    input.scale = 0.1;
    input.causal = state.range(3) != 0;
  }
  Tensor output() const {
    return at::empty({input.query.size(0), 12 * input.query.size(2)},
                     input.query.options());
  }
};

void finish(benchmark::State& state, const Batch& batch) {
  int64_t pairs = 0;
  for (const auto& [begin, end] : batch.rows) {
    pairs += (end - begin) * (end - begin);
  }
  state.SetItemsProcessed(state.iterations() * pairs * 12 * 4 * state.range(1));
}

void BM_AttendRows(benchmark::State& state) {
  const Batch batch(state);
  for (auto _ : state) {
    const Tensor y = batch.output();
    attend_rows(batch.input, batch.rows, y);
    benchmark::DoNotOptimize(y);
  }
  finish(state, batch);
}

void BM_LibraryAttendRows(benchmark::State& state) {
  const Batch batch(state);
  for (auto _ : state) {
    const Tensor y = batch.output();
    for (const auto& [begin, end] : batch.rows) {
      const auto row = [from = begin, size = end - begin](const Tensor& x) {
        return x.narrow(0, from, size).unsqueeze(0).transpose(1, 2);
      };
      const Tensor found = at::scaled_dot_product_attention(
          row(batch.input.query), row(batch.input.key), row(batch.input.value),
          std::nullopt, 0.0, batch.input.causal, batch.input.scale);
      row(y.view_as(batch.input.query)).copy_(found);
    }
    benchmark::DoNotOptimize(y);
  }
  finish(state, batch);
}

void shapes(benchmark::internal::Benchmark* bench) {
  bench->ArgNames({"tokens", "size", "bits", "causal"})->UseRealTime();
  for (const int64_t bits : {32, 16}) {
    for (const int64_t tokens : {16, 64, 256, 512, 1024, 2048}) {
      for (const int64_t size : {32, 64, 128}) {
        for (const int64_t causal : {0, 1}) {
          bench->Args({tokens, size, bits, causal});
        }
      }
    }
  }
}
BENCHMARK(BM_AttendRows)->Apply(shapes);
BENCHMARK(BM_LibraryAttendRows)->Apply(shapes);

}  // namespace
}  // namespace lethe
