#include "harness/tensor/last_query.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <limits>

#include "harness/tensor/compute.h"
#include "harness/tensor/kernel_types.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

struct Case {
  Tensor query, key, value;
  std::vector<int64_t> first;
  double scale = 0.3;
};

struct Shape {
  int64_t rows, heads, kv_heads, keys, size;
};

// Keys and values as a cache has them: the first of a longer buffer.
Case random_case(const Shape& shape, at::ScalarType dtype) {
  at::manual_seed(static_cast<uint64_t>(shape.keys * 131 + shape.size));
  const auto buffer = [&] {
    return at::randn({shape.rows, shape.kv_heads, shape.keys + 3, shape.size})
        .to(dtype)
        .narrow(2, 0, shape.keys);
  };
  Case c{at::randn({shape.rows, shape.heads, shape.size}).to(dtype),
         buffer(),
         buffer(),
         {}};
  for (int64_t r = 0; r < shape.rows; ++r) {
    c.first.push_back((r * 5) % shape.keys);
  }
  return c;
}

Tensor attended(const Case& c) {
  return attend_last_queries(c.query, c.key, c.value, c.first, c.scale);
}

// The same, written out in float64.
Tensor exact(const Case& c) {
  const int64_t share = c.query.size(1) / c.key.size(1);
  const auto wide = [&](const Tensor& side) {
    return side.to(at::kDouble).repeat_interleave(share, 1);
  };
  Tensor scores =
      at::matmul(wide(c.key), c.query.to(at::kDouble).unsqueeze(3)).squeeze(3) *
      c.scale;
  for (int64_t r = 0; r < c.query.size(0); ++r) {
    scores[r]
        .narrow(1, 0, c.first[static_cast<size_t>(r)])
        .fill_(-std::numeric_limits<double>::infinity());
  }
  return at::matmul(at::softmax(scores, -1).unsqueeze(2), wide(c.value))
      .squeeze(2);
}

double distance(const Tensor& a, const Tensor& b) {
  return (a.to(at::kDouble) - b.to(at::kDouble)).abs().max().item<double>();
}

bool no_kernel() { return !last_query_fits(at::zeros({1})); }

TEST(LastQuery, IsAttentionForAnyShape) {
  if (no_kernel()) GTEST_SKIP() << "no kernel here";
  for (const at::ScalarType dtype : {at::kFloat, at::kBFloat16, at::kHalf}) {
    const double most = dtype == at::kFloat ? 5e-6 : 1e-2;  // rounded once
    for (const int64_t size : {1, 8, 20, 64, 80, 128, 257}) {
      for (const int64_t keys : {1, 3, 4, 17, 200}) {
        const Case c = random_case({3, 6, 2, keys, size}, dtype);
        ASSERT_EQ(attended(c).scalar_type(), dtype);
        ASSERT_LT(distance(attended(c), exact(c)), most)
            << dtype_name(dtype) << " size " << size << ", keys " << keys;
      }
    }
  }
}

TEST(LastQuery, ARowDoesNotDependOnItsNeighboursOrThreads) {
  if (no_kernel()) GTEST_SKIP() << "no kernel here";
  const Case all = random_case({16, 8, 8, 300, 64}, at::kFloat);
  const Tensor together = attended(all);
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  for (int64_t r = 0; r < 16; ++r) {
    const auto row = [r](const Tensor& side) { return side.narrow(0, r, 1); };
    const Case one{row(all.query),
                   row(all.key),
                   row(all.value),
                   {all.first[static_cast<size_t>(r)]},
                   all.scale};
    EXPECT_TRUE(attended(one).equal(row(together))) << r;
  }
  at::set_num_threads(threads);
}

TEST(LastQuery, SharpScoresPickOneValue) {
  if (no_kernel()) GTEST_SKIP() << "no kernel here";
  Case c = random_case({1, 1, 1, 9, 16}, at::kFloat);
  c.first = {0};
  c.scale = 1e4;
  EXPECT_LT(distance(attended(c), exact(c)), 1e-6);
}

TEST(LastQuery, KeepsWhatIsNotFinite) {
  if (no_kernel()) GTEST_SKIP() << "no kernel here";
  Case c = random_case({2, 2, 2, 9, 16}, at::kFloat);
  c.first = {0, 0};
  c.key[0][1][8][3] = std::numeric_limits<float>::quiet_NaN();
  const Tensor y = attended(c);
  EXPECT_TRUE(y[0][1].isnan().all().item<bool>());
  EXPECT_TRUE(y[0][0].isfinite().all().item<bool>());
  EXPECT_TRUE(y[1].isfinite().all().item<bool>());
}

#if defined(__x86_64__)
// Both instruction sets, where the processor has both.
TEST(LastQuery, KernelsAgree) {
  if (!__builtin_cpu_supports("avx512f")) GTEST_SKIP() << "no AVX-512 here";
  for (const at::ScalarType dtype : {at::kFloat, at::kBFloat16, at::kHalf}) {
    const Case c = random_case({1, 1, 1, 37, 100}, dtype);
    const Tensor scratch = at::empty({200});
    std::vector<Tensor> y;
    LastQuery task;
    task.query = c.query.const_data_ptr();
    task.key = c.key.const_data_ptr();
    task.value = c.value.const_data_ptr();
    task.type = weight_type(dtype);
    task.heads = 1, task.keys = 37, task.size = 100;
    task.query_stride = task.key_stride = task.value_stride = 100;
    task.scale = 0.3F;
    task.scratch = scratch.mutable_data_ptr<float>();
    for (const Kernels& kernels : {kernels_avx2(), kernels_avx512()}) {
      y.push_back(at::empty({100}));
      task.y = y.back().mutable_data_ptr<float>();
      kernels.last_query(task);
    }
    EXPECT_LT(distance(y[0], y[1]), 1e-5) << dtype_name(dtype);
  }
}
#endif

}  // namespace
}  // namespace lethe
