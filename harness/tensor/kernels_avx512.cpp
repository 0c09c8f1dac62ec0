#if defined(__x86_64__)

#define LETHE_KERNEL_WIDTH 16
#include "harness/tensor/adam_kernel.h"
#include "harness/tensor/exponentials_kernel.h"
#include "harness/tensor/few_rows_kernel.h"
#include "harness/tensor/last_query_kernel.h"
#include "harness/tensor/many_rows_kernel.h"
#include "harness/tensor/row_attention_kernel.h"

namespace lethe {

Kernels kernels_avx512() {
  return {few_rows,  nullptr,    many_rows,     summarise, scaled_exp,
          gelu_tanh, last_query, row_attention, adam,      squares};
}

}  // namespace lethe

#endif
