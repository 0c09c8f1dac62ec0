#include "harness/tensor/row_summary.h"

#include <ATen/Parallel.h>

#include "harness/tensor/linear_kernel.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

RowKernel find_kernel() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return summarise_avx512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    return summarise_avx2;
  }
#endif
  return nullptr;
}

}  // namespace

RowSummary summarise_rows(const Tensor& logits) {
  static const RowKernel kernel = find_kernel();
  const bool fits = kernel != nullptr && logits.device().is_cpu() &&
                    logits.scalar_type() == at::kFloat &&
                    logits.is_contiguous() && logits.size(1) > 0 &&
                    !(at::GradMode::is_enabled() && logits.requires_grad());
  if (!fits) return {logits.logsumexp(1), logits.argmax(1)};
  const int64_t rows = logits.size(0), size = logits.size(1);
  RowSummary summary{at::empty({rows}, logits.options()),
                     at::empty({rows}, logits.options().dtype(at::kLong))};
  const float* x = logits.const_data_ptr<float>();
  float* log_sum = summary.log_sum.mutable_data_ptr<float>();
  int64_t* argmax = summary.argmax.mutable_data_ptr<int64_t>();
  at::parallel_for(0, rows, 1 + 32768 / size, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      kernel(x + i * size, size, log_sum + i, argmax + i);
    }
  });
  return summary;
}

}  // namespace lethe
