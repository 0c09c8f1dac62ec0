// Rows of logits: the same numbers as the library's, at every length.
#include "harness/tensor/exponentials.h"

#include <gtest/gtest.h>

#include <limits>

#include "harness/tensor/ops.h"

namespace lethe {
namespace {

TEST(RowSummary, IsTheLibrarysAtEveryLength) {
  at::manual_seed(1);
  for (const int64_t size : {1, 2, 7, 8, 9, 16, 17, 31, 511, 513, 50257}) {
    for (const double scale : {0.1, 3.0, 40.0}) {
      const Tensor x = at::randn({5, size}) * scale;
      const RowSummary found = summarise_rows(x);
      const Tensor exact = x.to(at::kDouble).logsumexp(1);
      const double furthest =
          (found.log_sum - exact).abs().max().item<double>();
      EXPECT_LT(furthest, 2e-7 * (1 + exact.abs().max().item<double>()))
          << size << " " << scale;
      EXPECT_TRUE(found.argmax.equal(x.argmax(1))) << size << " " << scale;
    }
  }
}

TEST(RowSummary, TheLowestOfEqualsIsTheLargest) {
  Tensor x = at::zeros({1, 100});
  x[0][40] = x[0][41] = x[0][97] = 2;
  EXPECT_EQ(summarise_rows(x).argmax.item<int64_t>(), 40);
}

TEST(RowSummary, WhatIsNotFiniteStaysSo) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  for (const int64_t place : {0, 3, 19, 33}) {
    Tensor x = at::randn({2, 34});
    x[0][place] = nan;
    x[1][place] = infinity;
    const Tensor log_sum = summarise_rows(x).log_sum;
    EXPECT_FALSE(log_sum.isfinite().any().item<bool>()) << place;
  }
  // A token that is ruled out counts nothing.
  Tensor x = at::zeros({1, 40});
  x[0][5] = -infinity;
  EXPECT_NEAR(summarise_rows(x).log_sum.item<double>(), std::log(39), 1e-6);
  EXPECT_FALSE(summarise_rows(at::full({1, 20}, -infinity))
                   .log_sum.isfinite()
                   .item<bool>());
}

TEST(RowSummary, OfNarrowLogitsIsThatOfTheSameNumbersWidened) {
  at::manual_seed(2);
  for (const at::ScalarType dtype : {at::kBFloat16, at::kHalf}) {
    for (const int64_t size : {1, 15, 16, 33, 5001}) {
      const Tensor x = (at::randn({4, size}) * 5).to(dtype);
      const RowSummary narrow = summarise_rows(x);
      const RowSummary wide = summarise_rows(x.to(at::kFloat));
      EXPECT_TRUE(narrow.log_sum.equal(wide.log_sum)) << size;
      EXPECT_TRUE(narrow.argmax.equal(wide.argmax)) << size;
    }
  }
}

TEST(ScaleExponentials, AreTheLibrarysAtEveryLength) {
  at::manual_seed(3);
  for (const int64_t size : {1, 7, 16, 17, 40, 5001}) {
    const Tensor x = at::randn({5, size}) * 4;
    const Tensor slope =
        at::tensor({0.0, 1.0, -2.0, 1e-3, 40.0}).to(at::kFloat);
    const Tensor log_sum = x.logsumexp(1);
    const Tensor exact =
        (x.to(at::kDouble) - log_sum.unsqueeze(1)).exp() * slope.unsqueeze(1);
    Tensor found = x.clone();
    scale_exponentials(found, log_sum, slope);
    EXPECT_LT(
        ((found - exact).abs() / (exact.abs() + 1e-20)).max().item<double>(),
        3e-6)
        << size;
    // Rounded to the nearest bfloat16, as the library rounds.
    Tensor narrow = x.to(at::kBFloat16), wide = narrow.to(at::kFloat);
    scale_exponentials(narrow, log_sum, slope);
    scale_exponentials(wide, log_sum, slope);
    EXPECT_TRUE(narrow.equal(wide.to(at::kBFloat16))) << size;
  }
}

TEST(ScaleExponentials, WhatIsNoNumberStaysSo) {
  for (const at::ScalarType dtype : {at::kFloat, at::kBFloat16}) {
    Tensor x = at::zeros({1, 20}).to(dtype);
    x[0][3] = x[0][18] = std::numeric_limits<float>::quiet_NaN();
    scale_exponentials(x, at::ones({1}), at::ones({1}));
    EXPECT_EQ(x.isnan().sum().item<int64_t>(), 2);
  }
}

TEST(GeluTanh, IsTheLibrarys) {
  const Tensor x = at::cat(
      {at::linspace(-30, 30, 60001),
       at::tensor({-1e30, -90.0, 1e-30, 90.0, 1e30, 0.0}).to(at::kFloat)});
  const Tensor exact = at::gelu(x.to(at::kDouble), "tanh");
  const Tensor off = (gelu_tanh(x) - exact).abs() / (x.abs() + 1e-30);
  EXPECT_LT(off.max().item<double>(), 5e-7);
  EXPECT_TRUE(gelu_tanh(at::full({9}, std::numeric_limits<float>::quiet_NaN()))
                  .isnan()
                  .all()
                  .item<bool>());
  EXPECT_TRUE(
      gelu_tanh(x.narrow(0, 3, 13)).equal(gelu_tanh(x).narrow(0, 3, 13)));
}

}  // namespace
}  // namespace lethe
