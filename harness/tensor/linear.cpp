#include "harness/tensor/linear.h"

#include <ATen/Parallel.h>

#include "harness/tensor/linear_kernel.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

// The best kernel that this processor runs; null: none.
RowsKernel find_kernel() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return rows_product_avx512;
  // All processors with AVX2 have f16c, which clang 14 cannot ask for.
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    return rows_product_avx2;
  }
#endif
  return nullptr;
}

RowsKernel kernel() {
  static const RowsKernel found = find_kernel();
  return found;
}

// Whether the library multiplies bfloat16 with instructions made for it.
bool native_bfloat16() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512bf16") != 0;
#else
  return true;
#endif
}

// Up to how many rows the kernel is faster than the library: measured for
// float32; without instructions for them the library is 5 to 10 times slower
// in the 16-bit types at any number.
int64_t most_rows(at::ScalarType dtype) {
  constexpr int64_t kAlways = INT64_MAX;
  switch (dtype) {
    case at::kFloat:
      return 64;
    case at::kBFloat16:
      return native_bfloat16() ? 16 : kAlways;
    case at::kHalf:
      return kAlways;
    default:
      return 0;
  }
}

WeightType weight_type(at::ScalarType dtype) {
  return dtype == at::kFloat      ? WeightType::float32
         : dtype == at::kBFloat16 ? WeightType::bfloat16
                                  : WeightType::float16;
}

bool records(const Tensor& tensor) {
  return tensor.defined() && tensor.requires_grad();
}

bool fits(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  if (!x.device().is_cpu() || x.numel() == 0 || weight.dim() != 2) return false;
  if (x.scalar_type() != weight.scalar_type()) return false;
  if (at::GradMode::is_enabled() &&
      (records(x) || records(weight) || records(bias))) {
    return false;
  }
  return weight.is_contiguous() &&
         few_rows(x.scalar_type(), x.numel() / x.size(-1));
}

constexpr int64_t kGrain = 1 << 16;  // products worth a thread

// x [M, K] times weight^T plus bias, float32 [M, N].
Tensor product(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  const Tensor wide = x.to(at::kFloat).contiguous();
  const int64_t rows = x.size(0), in = weight.size(1), out = weight.size(0);
  const Tensor wide_bias =
      bias.defined() ? bias.to(at::kFloat).contiguous() : Tensor();
  Tensor y = at::empty({rows, out}, wide.options());
  RowsProduct task;
  task.x = wide.const_data_ptr<float>();
  task.rows = rows;
  task.weight = weight.const_data_ptr();
  task.type = weight_type(weight.scalar_type());
  task.in = in;
  task.out = out;
  if (bias.defined()) task.bias = wide_bias.const_data_ptr<float>();
  task.y = y.mutable_data_ptr<float>();
  const int64_t groups = (out + kGroup - 1) / kGroup;
  const int64_t grain = 1 + kGrain / (rows * in * kGroup);
  const RowsKernel run = kernel();
  at::parallel_for(0, groups, grain, [&](int64_t begin, int64_t end) {
    run(task, begin * kGroup, std::min(end * kGroup, out));
  });
  return y;
}

std::optional<Tensor> optional(const Tensor& bias) {
  return bias.defined() ? std::optional<Tensor>(bias) : std::nullopt;
}

}  // namespace

bool few_rows(at::ScalarType dtype, int64_t rows) {
  return kernel() != nullptr && rows <= most_rows(dtype);
}

Tensor times_weight_float(const Tensor& x, const Tensor& weight,
                          const Tensor& bias) {
  if (!fits(x, weight, bias)) {
    return at::linear(x, weight, optional(bias)).to(at::kFloat);
  }
  std::vector<int64_t> shape = x.sizes().vec();
  const Tensor y = product(x.reshape({-1, shape.back()}), weight, bias);
  shape.back() = weight.size(0);
  return y.view(shape);
}

Tensor times_weight(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  return fits(x, weight, bias)
             ? times_weight_float(x, weight, bias).to(x.scalar_type())
             : at::linear(x, weight, optional(bias));
}

}  // namespace lethe
