#include "harness/tensor/kernels.h"

namespace lethe {
namespace {

Kernels find_kernels() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) {
    Kernels found = kernels_avx512();
    if (__builtin_cpu_supports("avx512bf16")) {
      found.few_rows_bfloat16 = few_rows_avx512bf16();
    }
    return found;
  }
  // All processors with AVX2 have f16c, which clang 14 cannot ask for.
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    return kernels_avx2();
  }
#endif
  return {};
}

}  // namespace

const Kernels& kernels() {
  static const Kernels found = find_kernels();
  return found;
}

bool library_has_avx512() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512f") != 0 &&
         __builtin_cpu_is("intel") != 0;
#else
  return true;
#endif
}

}  // namespace lethe
