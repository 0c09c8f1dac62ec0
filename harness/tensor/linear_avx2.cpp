#if defined(__x86_64__)

#define LETHE_KERNEL_WIDTH 8
#include "harness/tensor/linear_kernel.h"

namespace lethe {

void rows_product_avx2(const RowsProduct& p, int64_t begin, int64_t end) {
  rows_product(p, begin, end);
}

}  // namespace lethe

#endif
