#include "harness/tensor/exponentials.h"

#include <ATen/Parallel.h>

#include "harness/tensor/kernel_types.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

bool fits(const Tensor& x) {
  return kernels().summarise != nullptr && x.device().is_cpu() &&
         x.is_contiguous() && x.numel() > 0 &&
         !(at::GradMode::is_enabled() && x.requires_grad());
}

bool is_float32(const Tensor& x) { return x.scalar_type() == at::kFloat; }

bool is_bfloat16(const Tensor& x) { return x.scalar_type() == at::kBFloat16; }

}  // namespace

RowSummary summarise_rows(const Tensor& logits) {
  const bool known = is_float32(logits) || is_bfloat16(logits) ||
                     logits.scalar_type() == at::kHalf;
  if (!known || !fits(logits)) {
    return {logits.to(at::kFloat).logsumexp(1), logits.argmax(1)};
  }
  const int64_t rows = logits.size(0), size = logits.size(1);
  RowSummary summary{at::empty({rows}, logits.options().dtype(at::kFloat)),
                     at::empty({rows}, logits.options().dtype(at::kLong))};
  const auto* x = static_cast<const char*>(logits.const_data_ptr());
  const WeightType type = weight_type(logits.scalar_type());
  const auto stride = size * static_cast<int64_t>(logits.element_size());
  float* log_sum = summary.log_sum.mutable_data_ptr<float>();
  int64_t* argmax = summary.argmax.mutable_data_ptr<int64_t>();
  at::parallel_for(0, rows, 1 + 32768 / size, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      kernels().summarise(x + i * stride, type, size, log_sum + i, argmax + i);
    }
  });
  return summary;
}

void scale_exponentials(const Tensor& logits, const Tensor& log_sum,
                        const Tensor& slope) {
  const bool known = is_float32(logits) || is_bfloat16(logits);
  if (!known || !fits(logits)) {
    const Tensor wide = logits.to(at::kFloat);  // float32: the same
    wide.sub_(log_sum.unsqueeze(1)).exp_().mul_(slope.unsqueeze(1));
    if (!wide.is_same(logits)) logits.copy_(wide);
    return;
  }
  const int64_t rows = logits.size(0), size = logits.size(1);
  auto* x = static_cast<char*>(logits.mutable_data_ptr());
  const WeightType type = weight_type(logits.scalar_type());
  const auto stride = size * static_cast<int64_t>(logits.element_size());
  const Tensor sums = log_sum.contiguous(), slopes = slope.contiguous();
  const float* of_sum = sums.const_data_ptr<float>();
  const float* of_slope = slopes.const_data_ptr<float>();
  at::parallel_for(0, rows, 1 + 32768 / size, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      kernels().scaled_exp(x + i * stride, type, size, of_sum[i], of_slope[i]);
    }
  });
}

Tensor gelu_tanh(const Tensor& x) {
  if (!is_float32(x) || !fits(x)) return at::gelu(x, "tanh");
  Tensor y = at::empty_like(x);
  const float* from = x.const_data_ptr<float>();
  float* to = y.mutable_data_ptr<float>();
  at::parallel_for(0, x.numel(), 32768, [&](int64_t begin, int64_t end) {
    kernels().gelu_tanh(from + begin, end - begin, to + begin);
  });
  return y;
}

}  // namespace lethe
