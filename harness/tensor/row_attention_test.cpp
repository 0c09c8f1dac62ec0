#include "harness/tensor/row_attention.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <limits>

#include "harness/tensor/compute.h"
#include "harness/tensor/kernel_types.h"
#include "harness/tensor/kernels.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

using Rows = std::vector<std::pair<int64_t, int64_t>>;

Rows rows_of(const std::vector<int64_t>& lengths) {
  Rows rows;
  int64_t at = 0;
  for (const int64_t length : lengths) {
    rows.emplace_back(at, at + length);
    at += length;
  }
  return rows;
}

struct Shape {
  std::vector<int64_t> lengths;
  int64_t heads, kv_heads, size;
};

// Queries, keys and values side by side, as a fused product leaves them.
RowAttentionInput random_input(const Shape& shape, at::ScalarType dtype) {
  at::manual_seed(static_cast<uint64_t>(shape.lengths.size() * 131 +
                                        static_cast<size_t>(shape.size)));
  const int64_t tokens = rows_of(shape.lengths).back().second;
  const Tensor all =
      at::randn({tokens, shape.heads + 2 * shape.kv_heads, shape.size})
          .to(dtype);
  RowAttentionInput input;
  input.query = all.narrow(1, 0, shape.heads);
  input.key = all.narrow(1, shape.heads, shape.kv_heads);
  input.value = all.narrow(1, shape.heads + shape.kv_heads, shape.kv_heads);
  input.scale = 0.3;
  return input;
}

Tensor attended(const RowAttentionInput& input, const Rows& rows) {
  const Tensor y =
      at::full({input.query.size(0), input.query.size(1) * input.query.size(2)},
               7, input.query.options());
  attend_rows(input, rows, y);
  return y;
}

// One row, written out in float64: [t, heads * D].
Tensor exact(const RowAttentionInput& input, int64_t begin, int64_t end) {
  const int64_t share = input.query.size(1) / input.key.size(1);
  const auto side = [&](const Tensor& x, int64_t times) {
    return x.narrow(0, begin, end - begin)
        .to(at::kDouble)
        .repeat_interleave(times, 1)
        .transpose(0, 1);
  };
  const Tensor q = side(input.query, 1), k = side(input.key, share),
               v = side(input.value, share);
  Tensor scores = at::matmul(q, k.transpose(1, 2)) * input.scale;
  const Tensor place = at::arange(end - begin);
  const Tensor back = place.unsqueeze(1) - place.unsqueeze(0);
  Tensor hidden = at::zeros_like(back, at::kBool);
  if (input.causal) hidden = hidden.logical_or(back < 0);
  if (input.window > 0) hidden = hidden.logical_or(back >= input.window);
  scores = scores.masked_fill(hidden, -std::numeric_limits<double>::infinity());
  return at::matmul(at::softmax(scores, -1), v)
      .transpose(0, 1)
      .reshape({end - begin, -1});
}

double distance(const Tensor& a, const Tensor& b) {
  return (a.to(at::kDouble) - b.to(at::kDouble)).abs().max().item<double>();
}

bool no_kernel() { return !row_attention_fits(at::zeros({1}), 1); }

void expect_exact(const RowAttentionInput& input, const Rows& rows,
                  double most) {
  const Tensor y = attended(input, rows);
  for (const auto& [begin, end] : rows) {
    ASSERT_LT(
        distance(y.narrow(0, begin, end - begin), exact(input, begin, end)),
        most)
        << dtype_name(y.scalar_type()) << " size " << input.query.size(2)
        << ", tokens " << end - begin << ", causal " << input.causal
        << ", window " << input.window;
  }
}

TEST(RowAttention, IsAttentionForAnyShape) {
  if (no_kernel()) GTEST_SKIP() << "no kernel here";
  for (const at::ScalarType dtype : {at::kFloat, at::kBFloat16, at::kHalf}) {
    const double most = dtype == at::kFloat ? 1e-5 : 1e-2;  // rounded once
    for (const int64_t size : {1, 5, 8, 20, 32, 64, 80, 128}) {
      const Shape shape{{1, 7, 31, 32, 33, 150, 2}, 6, 2, size};
      RowAttentionInput input = random_input(shape, dtype);
      for (const bool causal : {true, false}) {
        input.causal = causal;
        expect_exact(input, rows_of(shape.lengths), most);
      }
    }
  }
}

TEST(RowAttention, WindowsHideWhatIsFarBack) {
  if (no_kernel()) GTEST_SKIP() << "no kernel here";
  const Shape shape{{1, 40, 97, 200}, 4, 4, 16};
  RowAttentionInput input = random_input(shape, at::kFloat);
  for (const int64_t window : {1, 2, 9, 32, 64, 199, 200, 1000}) {
    input.window = window;
    expect_exact(input, rows_of(shape.lengths), 5e-6);
  }
}

TEST(RowAttention, ARowDoesNotDependOnItsNeighboursOrThreads) {
  if (no_kernel()) GTEST_SKIP() << "no kernel here";
  const Shape shape{{90, 3, 300, 41, 41}, 4, 2, 64};
  const RowAttentionInput input = random_input(shape, at::kFloat);
  const Rows rows = rows_of(shape.lengths);
  const Tensor together = attended(input, rows);
  const int threads = at::get_num_threads();
  for (const int count : {1, 3, 16}) {
    at::set_num_threads(count);
    for (const auto& row : rows) {
      const int64_t size = row.second - row.first;
      EXPECT_TRUE(attended(input, {row})
                      .narrow(0, row.first, size)
                      .equal(together.narrow(0, row.first, size)))
          << row.first << ", threads " << count;
    }
  }
  at::set_num_threads(threads);
}

TEST(RowAttention, LeavesOtherTokensAlone) {
  if (no_kernel()) GTEST_SKIP() << "no kernel here";
  for (const at::ScalarType dtype : {at::kFloat, at::kBFloat16}) {
    const RowAttentionInput input = random_input({{4, 5, 6}, 2, 2, 8}, dtype);
    const Tensor y = attended(input, {{4, 9}});
    EXPECT_TRUE(y.narrow(0, 0, 4).eq(7).all().item<bool>());
    EXPECT_TRUE(y.narrow(0, 9, 6).eq(7).all().item<bool>());
    EXPECT_LT(distance(y.narrow(0, 4, 5), exact(input, 4, 9)), 1e-2);
  }
}

TEST(RowAttention, KeepsWhatIsNotFinite) {
  if (no_kernel()) GTEST_SKIP() << "no kernel here";
  const RowAttentionInput input = random_input({{20, 20}, 2, 2, 8}, at::kFloat);
  input.key[19][0][3] = std::numeric_limits<float>::quiet_NaN();
  const Tensor y = attended(input, {{0, 20}, {20, 40}}).view({40, 2, 8});
  EXPECT_TRUE(y[19][0].isnan().all().item<bool>());
  EXPECT_TRUE(y[19][1].isfinite().all().item<bool>());
  EXPECT_TRUE(y.narrow(0, 0, 19).isfinite().all().item<bool>());
  EXPECT_TRUE(y.narrow(0, 20, 20).isfinite().all().item<bool>());
}

#if defined(__x86_64__)
// Both instruction sets, where the processor has both.
TEST(RowAttention, KernelsAgree) {
  if (!__builtin_cpu_supports("avx512f")) GTEST_SKIP() << "no AVX-512 here";
  for (const at::ScalarType dtype : {at::kFloat, at::kBFloat16, at::kHalf}) {
    const RowAttentionInput input = random_input({{53}, 2, 1, 40}, dtype);
    const Tensor scratch = at::empty({20000});
    RowAttention task;
    task.type = weight_type(dtype);
    task.query = input.query.const_data_ptr();
    task.key = input.key.const_data_ptr();
    task.value = input.value.const_data_ptr();
    task.query_stride = task.key_stride = task.value_stride = 160;
    task.head_stride = 40;
    task.keys = 53, task.first = 0, task.last = 53;
    task.heads = 2, task.size = 40;
    task.scale = 0.3F;
    task.y_stride = 80;
    task.scratch = scratch.mutable_data_ptr<float>();
    for (const bool causal : {true, false}) {
      for (const int64_t window : {0, 7}) {
        task.causal = causal;
        task.window = window;
        std::vector<Tensor> y;
        for (const Kernels& kernels : {kernels_avx2(), kernels_avx512()}) {
          y.push_back(at::empty({53, 80}));
          task.y = y.back().mutable_data_ptr<float>();
          kernels.row_attention(task);
        }
        EXPECT_LT(distance(y[0], y[1]), 1e-5) << dtype_name(dtype);
      }
    }
  }
}
#endif

}  // namespace
}  // namespace lethe
