#include "harness/tensor/exponentials.h"

#include <ATen/Parallel.h>

#include "harness/tensor/kernels.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

bool fits(const Tensor& x) {
  return kernels().summarise != nullptr && x.device().is_cpu() &&
         x.scalar_type() == at::kFloat && x.is_contiguous() && x.numel() > 0 &&
         !(at::GradMode::is_enabled() && x.requires_grad());
}

}  // namespace

RowSummary summarise_rows(const Tensor& logits) {
  if (!fits(logits)) return {logits.logsumexp(1), logits.argmax(1)};
  const int64_t rows = logits.size(0), size = logits.size(1);
  RowSummary summary{at::empty({rows}, logits.options()),
                     at::empty({rows}, logits.options().dtype(at::kLong))};
  const float* x = logits.const_data_ptr<float>();
  float* log_sum = summary.log_sum.mutable_data_ptr<float>();
  int64_t* argmax = summary.argmax.mutable_data_ptr<int64_t>();
  at::parallel_for(0, rows, 1 + 32768 / size, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      kernels().summarise(x + i * size, size, log_sum + i, argmax + i);
    }
  });
  return summary;
}

Tensor gelu_tanh(const Tensor& x) {
  if (!fits(x)) return at::gelu(x, "tanh");
  Tensor y = at::empty_like(x);
  const float* from = x.const_data_ptr<float>();
  float* to = y.mutable_data_ptr<float>();
  at::parallel_for(0, x.numel(), 32768, [&](int64_t begin, int64_t end) {
    kernels().gelu_tanh(from + begin, end - begin, to + begin);
  });
  return y;
}

}  // namespace lethe
