// Vectors of floats, for a file that is compiled for one instruction set and
// defines LETHE_KERNEL_WIDTH, the floats in a vector. See kernels.h for
// what such a file must not include.
#pragma once

#include <immintrin.h>
#include <stdint.h>

#define LETHE_INLINE inline __attribute__((always_inline))

namespace lethe {
namespace {

constexpr int64_t kWidth = LETHE_KERNEL_WIDTH;

struct Bf16 {
  uint16_t bits;
};
struct Fp16 {
  uint16_t bits;
};

using Reg = float __attribute__((vector_size(kWidth * 4)));

LETHE_INLINE Reg load(const float* p) {
  using Loose =
      float __attribute__((vector_size(kWidth * 4), aligned(4), may_alias));
  return *reinterpret_cast<const Loose*>(p);
}

LETHE_INLINE Reg load(const Bf16* p) {
  using Loose =
      uint16_t __attribute__((vector_size(kWidth * 2), aligned(2), may_alias));
  using Bits = uint32_t __attribute__((vector_size(kWidth * 4)));
  const Bits bits =
      __builtin_convertvector(*reinterpret_cast<const Loose*>(p), Bits);
  return (Reg)(bits << 16);
}

#if LETHE_KERNEL_WIDTH == 8

LETHE_INLINE Reg load(const Fp16* p) {
  return (Reg)_mm256_cvtph_ps(
      _mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
}

using Half = Reg;
LETHE_INLINE Half halves(Reg v) { return v; }

#else

LETHE_INLINE Reg load(const Fp16* p) {
  return (Reg)_mm512_cvtph_ps(
      _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
}

using Half = float __attribute__((vector_size(32)));
// The lower and the upper half, added.
LETHE_INLINE Half halves(Reg v) {
  const __m512d wide = (__m512d)v;
  return (Half)_mm512_castpd512_pd256(wide) +
         (Half)_mm512_extractf64x4_pd(wide, 1);
}

#endif

// The sums of four vectors.
LETHE_INLINE __m128 sums(Half va, Half vb, Half vc, Half vd) {
  const __m256 a = (__m256)va, b = (__m256)vb, c = (__m256)vc, d = (__m256)vd;
  const __m256 ab = _mm256_unpacklo_ps(a, b) + _mm256_unpackhi_ps(a, b);
  const __m256 cd = _mm256_unpacklo_ps(c, d) + _mm256_unpackhi_ps(c, d);
  const __m256 all =
      _mm256_shuffle_ps(ab, cd, 0x44) + _mm256_shuffle_ps(ab, cd, 0xEE);
  return _mm256_castps256_ps128(all) + _mm256_extractf128_ps(all, 1);
}

// The first `count` < kWidth elements, then zeros.
template <class T>
LETHE_INLINE Reg load_some(const T* p, int64_t count) {
  T some[kWidth] = {};
  __builtin_memcpy(some, p, static_cast<size_t>(count) * sizeof(T));
  return load(some);
}

// Eight floats, whatever the width.
LETHE_INLINE __m256 load8(const float* p) { return _mm256_loadu_ps(p); }
LETHE_INLINE __m256 load8(const Bf16* p) {
  const __m128i bits = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
  return _mm256_castsi256_ps(
      _mm256_slli_epi32(_mm256_cvtepu16_epi32(bits), 16));
}
LETHE_INLINE __m256 load8(const Fp16* p) {
  return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
}

}  // namespace
}  // namespace lethe
