#if defined(__x86_64__)

#define LETHE_KERNEL_WIDTH 16
#include "harness/tensor/few_rows_kernel.h"

namespace lethe {

FewRowsKernel few_rows_avx512bf16() { return product<Bf16, Bf16>; }

}  // namespace lethe

#endif
