#include "harness/tensor/linear.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "harness/tensor/compute.h"
#include "harness/tensor/kernel_types.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

struct Case {
  Tensor x, weight, bias;
};

Case random_case(int64_t rows, int64_t in, int64_t out, at::ScalarType dtype) {
  at::manual_seed(static_cast<uint64_t>(rows * 131 + in * 17 + out));
  return {at::randn({rows, in}).to(dtype), at::randn({out, in}).to(dtype),
          at::randn({out}).to(dtype)};
}

Tensor exact(const Case& c) {
  return at::linear(c.x.to(at::kDouble), c.weight.to(at::kDouble),
                    c.bias.to(at::kDouble));
}

double distance(const Tensor& a, const Tensor& b) {
  return (a.to(at::kDouble) - b.to(at::kDouble)).abs().max().item<double>();
}

// Shapes around every border: of few rows groups of 12 outputs, blocks of 1024
// inputs, 4 rows a tile; of many panels of 128 outputs and 768 inputs, tiles of
// 6 rows and 16 outputs, inputs that are moved; the vectors' 8 and 16 floats.
TEST(Linear, IsTheProductForAnyShape) {
  for (const at::ScalarType dtype : {at::kFloat, at::kBFloat16, at::kHalf}) {
    for (const int64_t in : {1, 7, 16, 33, 512, 1024, 1025, 2100}) {
      for (const int64_t out : {1, 2, 5, 12, 13, 100, 128, 143}) {
        for (const int64_t rows : {1, 2, 3, 4, 5, 31, 64, 65, 97, 200}) {
          const Case c = random_case(rows, in, out, dtype);
          const Tensor y = times_weight_float(c.x, c.weight, c.bias);
          ASSERT_EQ(y.scalar_type(), at::kFloat);
          // float32 sums; the library rounds those it makes to the 16 bits.
          const bool ours = made_here(dtype, rows) || dtype == at::kFloat;
          const double share = ours ? 1e-6 : 4e-3;
          ASSERT_LT(distance(y, exact(c)),
                    share * (1 + exact(c).abs().max().item<double>()) *
                        std::sqrt(static_cast<double>(in)))
              << dtype_name(dtype) << " " << rows << "x" << in << "x" << out;
        }
      }
    }
  }
}

TEST(Linear, RoundsToTheDtypeOnce) {
  const Case c = random_case(3, 300, 50, at::kBFloat16);
  if (!made_here(at::kBFloat16, 3)) GTEST_SKIP() << "no kernel here";
  const Tensor y = times_weight(c.x, c.weight, c.bias);
  EXPECT_EQ(y.scalar_type(), at::kBFloat16);
  EXPECT_TRUE(
      y.equal(times_weight_float(c.x, c.weight, c.bias).to(at::kBFloat16)));
}

// Whether `rows` of the product are the same bits alone, on one thread.
void expect_same_rows(const Case& c, const Tensor& all, int64_t first,
                      int64_t rows) {
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const Tensor some = times_weight_float(c.x.narrow(0, first, rows), c.weight);
  at::set_num_threads(threads);
  EXPECT_TRUE(some.equal(all.narrow(0, first, rows)))
      << dtype_name(c.x.scalar_type()) << " " << rows << " rows from " << first;
}

TEST(Linear, ARowDoesNotDependOnItsNeighboursOrThreads) {
  for (const at::ScalarType dtype : {at::kFloat, at::kBFloat16, at::kHalf}) {
    if (!made_here(dtype, 16)) GTEST_SKIP() << "no kernel here";
    const Case few = random_case(16, 1500, 77, dtype);
    const Tensor all = times_weight_float(few.x, few.weight);
    for (int64_t first = 0; first < 16; ++first) {
      for (const int64_t rows : {1, 2, 3, 4}) {
        if (first + rows <= 16) expect_same_rows(few, all, first, rows);
      }
    }
    if (!made_here(dtype, 1300)) continue;
    for (const int64_t in : {1500, 1536}) {
      const Case many = random_case(1300, in, 300, dtype);
      const Tensor whole = times_weight_float(many.x, many.weight);
      for (const int64_t first : {0, 7, 501, 1230}) {
        for (const int64_t rows : {65, 70, 610}) {
          if (first + rows <= 1300) expect_same_rows(many, whole, first, rows);
        }
      }
    }
  }
}

TEST(Linear, TakesAnyLeadingShapeAndTransposedStorage) {
  const Case c = random_case(6, 40, 24, at::kFloat);
  const Tensor flat = times_weight(c.x, c.weight, c.bias);
  EXPECT_TRUE(times_weight(c.x.view({2, 3, 40}), c.weight, c.bias)
                  .equal(flat.view({2, 3, 24})));
  // Rows that are not contiguous go to the library.
  const Tensor strided = c.weight.t().contiguous().t();
  EXPECT_LT(distance(times_weight(c.x, strided, c.bias), flat), 1e-4);
  // So do inputs of which only every second element counts.
  const Tensor wide = at::stack({c.x, c.x}, 2).select(2, 0);
  EXPECT_TRUE(times_weight(wide, c.weight, c.bias).equal(flat));
}

TEST(Linear, RecordsGradients) {
  Case c = random_case(4, 20, 9, at::kFloat);
  c.weight.requires_grad_(true);
  times_weight(c.x, c.weight, c.bias).sum().backward();
  EXPECT_LT(distance(c.weight.grad(), c.x.sum(0, true).expand({9, 20})), 1e-5);
}

TEST(Linear, KeepsWhatIsNotFinite) {
  Case c = random_case(2, 30, 13, at::kFloat);
  c.weight[3][29] = std::numeric_limits<float>::quiet_NaN();
  c.weight[5][0] = std::numeric_limits<float>::infinity();
  const Tensor y = times_weight(c.x, c.weight);
  EXPECT_TRUE(y.select(1, 3).isnan().all().item<bool>());
  EXPECT_TRUE(y.select(1, 5).isinf().all().item<bool>());
  EXPECT_TRUE(y.select(1, 4).isfinite().all().item<bool>());
}

#if defined(__x86_64__)
// Both instruction sets, where the processor has both.
TEST(Linear, KernelsAgree) {
  if (!__builtin_cpu_supports("avx512f")) GTEST_SKIP() << "no AVX-512 here";
  for (const at::ScalarType dtype : {at::kFloat, at::kBFloat16, at::kHalf}) {
    const Case c = random_case(9, 1100, 30, dtype);
    const Tensor x = c.x.to(at::kFloat);
    RowsProduct p;
    p.x = x.const_data_ptr<float>();
    p.rows = 9;
    p.weight = c.weight.const_data_ptr();
    p.type = weight_type(dtype);
    p.in = 1100;
    p.out = 30;
    std::vector<Tensor> y;
    const auto next = [&] {
      y.push_back(at::empty({9, 30}));
      p.y = y.back().mutable_data_ptr<float>();
    };
    next(), kernels_avx2().few_rows(p, 0, 30);
    next(), kernels_avx512().few_rows(p, 0, 30);
    const Tensor scratch = at::empty({kPanelScratch});
    const Panel panel{0, 9, 0, 30, scratch.mutable_data_ptr<float>()};
    next(), kernels_avx2().many_rows(p, panel);
    next(), kernels_avx512().many_rows(p, panel);
    if (dtype == at::kBFloat16 && __builtin_cpu_supports("avx512bf16")) {
      p.x = c.x.const_data_ptr();
      next(), few_rows_avx512bf16()(p, 0, 30);
    }
    for (const Tensor& other : y) {
      EXPECT_LT(distance(y.front(), other), 1e-3) << dtype_name(dtype);
    }
  }
}
#endif

}  // namespace
}  // namespace lethe
