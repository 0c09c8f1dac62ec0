#if defined(__x86_64__)

#define LETHE_KERNEL_WIDTH 16
#include "harness/tensor/exponentials_kernel.h"
#include "harness/tensor/few_rows_kernel.h"
#include "harness/tensor/many_rows_kernel.h"

namespace lethe {

void few_rows_avx512(const RowsProduct& p, int64_t begin, int64_t end) {
  few_rows(p, begin, end);
}

void many_rows_avx512(const RowsProduct& p, const Panel& panel) {
  many_rows(p, panel);
}

void summarise_avx512(const float* x, int64_t size, float* log_sum,
                      int64_t* argmax) {
  summarise(x, size, log_sum, argmax);
}

void gelu_tanh_avx512(const float* x, int64_t size, float* y) {
  gelu_tanh(x, size, y);
}

}  // namespace lethe

#endif
