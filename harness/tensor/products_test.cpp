// Products of the backward pass against float64.
#include "harness/tensor/products.h"

#include <gtest/gtest.h>

#include "harness/tensor/ops.h"

namespace lethe {
namespace {

// Inputs and outputs that fill no panel, few and many rows, three types; the
// weight as stored, or turned as GPT-2 stores it.
class Products
    : public testing::TestWithParam<std::tuple<at::ScalarType, int64_t, bool>> {
 protected:
  void SetUp() override { at::manual_seed(1); }
  static Tensor some(int64_t rows, int64_t columns, bool turned = false) {
    const auto [dtype, m, unused] = GetParam();
    return turned ? at::randn({columns, rows}).to(dtype).t()
                  : at::randn({rows, columns}).to(dtype);
  }
  static void expect_near(const Tensor& got, const Tensor& want) {
    const double unit = got.scalar_type() == at::kFloat      ? 1e-6
                        : got.scalar_type() == at::kBFloat16 ? 4e-3
                                                             : 5e-4;
    const double apart =
        (got.to(at::kDouble) - want).abs().max().item<double>();
    EXPECT_LE(apart, 2 * unit * want.abs().max().item<double>());
  }
  static Tensor wide(const Tensor& t) { return t.detach().to(at::kDouble); }
};

TEST_P(Products, IntoIsTheMatrixProduct) {
  const auto [dtype, m, turned] = GetParam();
  for (const auto& [n, k] : {std::pair{31, 45}, {769, 130}, {128, 800}}) {
    const Tensor a = some(m, n), b = some(n, k, turned);
    const Tensor out = at::empty({m, k}, a.options());
    product_into(out, a, b);
    expect_near(out, at::mm(wide(a), wide(b)));
  }
}

TEST_P(Products, TransposedIsAddedOrWritten) {
  const auto [dtype, m, turned] = GetParam();
  for (const auto& [n, k] :
       {std::pair{31, 45}, {769, 130}, {128, 800}, {9001, 12}}) {
    const Tensor a = some(m, n), b = some(m, k), out = some(n, k, turned);
    const Tensor product = at::mm(wide(a).t(), wide(b));
    const Tensor sum = wide(out) + product;
    add_transposed_product(out, a, b);
    expect_near(out, sum);
    add_transposed_product(out, a, b, true);
    expect_near(out, product);
  }
}

TEST_P(Products, LinearHasTheLibrarysGradients) {
  const auto [dtype, m, turned] = GetParam();
  const Tensor x = some(m, 70).requires_grad_(true);
  const Tensor weight = some(91, 70, turned).requires_grad_(true);
  const Tensor bias = some(1, 91).squeeze(0).requires_grad_(true);
  const Tensor dy = some(m, 91);
  const Tensor y = linear_with_gradients(x, weight, bias);
  y.backward(dy);
  expect_near(y.detach(), at::linear(wide(x), wide(weight), wide(bias)));
  expect_near(x.grad(), at::mm(wide(dy), wide(weight)));
  expect_near(weight.grad(), at::mm(wide(dy).t(), wide(x)));
  expect_near(bias.grad(), wide(dy).sum(0));
}

INSTANTIATE_TEST_SUITE_P(
    , Products,
    testing::Combine(testing::Values(at::kFloat, at::kBFloat16, at::kHalf),
                     testing::Values(5, 65, 300), testing::Bool()));

}  // namespace
}  // namespace lethe
