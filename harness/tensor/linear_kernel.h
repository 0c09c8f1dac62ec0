// The inner loops of linear.h: what linear.cpp asks, and, for a file that is
// compiled for one instruction set, the loops themselves.
//
// Such a file includes no header with inline code of the standard library: the
// linker could take that code, made for its instruction set, for everyone's.
#pragma once

#include <stdint.h>

namespace lethe {

enum class WeightType { float32, bfloat16, float16 };

// y [rows, out] = x [rows, in] W [out, in]^T + bias; all rows are contiguous.
struct RowsProduct {
  const float* x;
  int64_t rows;
  const void* weight;
  WeightType type;
  int64_t in, out;
  const float* bias = nullptr;  // [out] or null
  float* y;
};

constexpr int64_t kGroup = 12;  // outputs that are computed together

// The outputs [begin, end) of every row; begin is a multiple of kGroup.
using RowsKernel = void (*)(const RowsProduct&, int64_t begin, int64_t end);
void rows_product_avx2(const RowsProduct& p, int64_t begin, int64_t end);
void rows_product_avx512(const RowsProduct& p, int64_t begin, int64_t end);

}  // namespace lethe

#ifdef LETHE_KERNEL_WIDTH  // floats in a vector

#include <immintrin.h>

#define LETHE_INLINE inline __attribute__((always_inline))

namespace lethe {
namespace {

constexpr int64_t kWidth = LETHE_KERNEL_WIDTH;
constexpr int64_t kBlock = 1024;   // inputs: a group of weights stays in cache
constexpr int64_t kRowBlock = 96;  // rows: their inputs stay in cache
constexpr int kRows = 4;           // rows that share one load of weights
constexpr int kOutputs = kWidth == 8 ? 3 : 4;  // as the registers allow

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

// Some outputs of some rows over some of the inputs.
template <class T>
struct Tile {
  const T* weight;  // rows `weight_stride` apart
  int64_t weight_stride;
  const float* x;  // rows `x_stride` apart
  int64_t x_stride;
  int64_t in;
  float* y;  // rows `y_stride` apart
  int64_t y_stride;
  const float* bias;  // of these outputs or null
  bool add;           // to what is in y, which has the bias
};

// N outputs of M rows. Every sum is made alike, whatever N and M.
template <int N, int M, class T>
LETHE_INLINE void multiply(const Tile<T>& t) {
  Reg sum[4][M] = {};
  Reg w[N];
  int64_t i = 0;
#pragma GCC unroll 2
  for (; i + kWidth <= t.in; i += kWidth) {
#pragma GCC unroll 4
    for (int n = 0; n < N; ++n) w[n] = load(t.weight + n * t.weight_stride + i);
#pragma GCC unroll 4
    for (int m = 0; m < M; ++m) {
      const Reg x = load(t.x + m * t.x_stride + i);
#pragma GCC unroll 4
      for (int n = 0; n < N; ++n) sum[n][m] += w[n] * x;
    }
  }
  if (const int64_t rest = t.in - i; rest > 0) {
    for (int n = 0; n < N; ++n) {
      w[n] = load_some(t.weight + n * t.weight_stride + i, rest);
    }
    for (int m = 0; m < M; ++m) {
      const Reg x = load_some(t.x + m * t.x_stride + i, rest);
      for (int n = 0; n < N; ++n) sum[n][m] += w[n] * x;
    }
  }
#pragma GCC unroll 4
  for (int m = 0; m < M; ++m) {
    float total[4];
    _mm_storeu_ps(total, sums(halves(sum[0][m]), halves(sum[1][m]),
                              halves(sum[2][m]), halves(sum[3][m])));
    float* y = t.y + m * t.y_stride;
    for (int n = 0; n < N; ++n) {
      const float first = t.add ? y[n] : t.bias != nullptr ? t.bias[n] : 0;
      y[n] = first + total[n];
    }
  }
}

template <int N, class T>
LETHE_INLINE void multiply_rows(const Tile<T>& t, int64_t rows) {
  switch (rows) {
    case 1:
      return multiply<N, 1>(t);
    case 2:
      return multiply<N, 2>(t);
    case 3:
      return multiply<N, 3>(t);
    default:
      return multiply<N, kRows>(t);
  }
}

// Lines of memory to ask for ahead of their use, a share with every tile.
struct Ahead {
  const char* next = nullptr;
  const char* end = nullptr;
  int64_t share = 0;

  void ask() {
    for (int64_t i = 0; i < share && next < end; ++i, next += 64) {
      __builtin_prefetch(next, 0, 2);
    }
  }
};

// `outputs` <= kGroup outputs of `rows` rows.
template <class T>
void multiply_group(Tile<T> t, int64_t outputs, int64_t rows, Ahead ahead) {
  for (int64_t m = 0; m < rows; m += kRows) {
    Tile<T> tile = t;
    tile.x += m * t.x_stride;
    for (int64_t n = 0; n < outputs;) {
      ahead.ask();
      tile.weight = t.weight + n * t.weight_stride;
      tile.y = t.y + m * t.y_stride + n;
      tile.bias = t.bias == nullptr ? nullptr : t.bias + n;
      if (outputs - n >= kOutputs) {
        multiply_rows<kOutputs>(tile, rows - m);
        n += kOutputs;
      } else {
        multiply_rows<1>(tile, rows - m);
        ++n;
      }
    }
  }
}

// Weights that many rows use are widened once.
template <class T>
Tile<float> widened(const Tile<T>& t, int64_t outputs, float* wide) {
  for (int64_t n = 0; n < outputs; ++n) {
    const T* row = t.weight + n * t.weight_stride;
    float* out = wide + n * kBlock;
    int64_t i = 0;
    for (; i + kWidth <= t.in; i += kWidth) {
      const Reg some = load(row + i);
      __builtin_memcpy(out + i, &some, sizeof some);
    }
    if (i < t.in) {
      const Reg some = load_some(row + i, t.in - i);
      __builtin_memcpy(out + i, &some,
                       static_cast<size_t>(t.in - i) * sizeof(float));
    }
  }
  return {wide, kBlock, t.x, t.x_stride, t.in, t.y, t.y_stride, t.bias, t.add};
}

// While a group is multiplied, the next one is asked for: it lies right behind.
template <class T>
Ahead next_group(const T* group, int64_t in, int64_t rows, bool last) {
  if (last || in > kBlock) return {};
  const int64_t bytes = kGroup * in * static_cast<int64_t>(sizeof(T));
  const char* next = reinterpret_cast<const char*>(group) + bytes;
  const int64_t tiles = (rows + kRows - 1) / kRows * (kGroup / kOutputs);
  return {next, next + bytes, (bytes / 64 + tiles - 1) / tiles};
}

template <class T>
void product(const RowsProduct& p, int64_t begin, int64_t end) {
  alignas(64) float wide[sizeof(T) == sizeof(float) ? 1 : kGroup * kBlock];
  const T* weight = static_cast<const T*>(p.weight);
  for (int64_t m = 0; m < p.rows; m += kRowBlock) {
    const int64_t rows = p.rows - m < kRowBlock ? p.rows - m : kRowBlock;
    for (int64_t n = begin; n < end; n += kGroup) {
      const int64_t outputs = end - n < kGroup ? end - n : kGroup;
      const Ahead ahead =
          next_group(weight + n * p.in, p.in, rows, n + kGroup >= end);
      for (int64_t k = 0; k < p.in; k += kBlock) {
        const Tile<T> tile{weight + n * p.in + k,
                           p.in,
                           p.x + m * p.in + k,
                           p.in,
                           p.in - k < kBlock ? p.in - k : kBlock,
                           p.y + m * p.out + n,
                           p.out,
                           p.bias == nullptr ? nullptr : p.bias + n,
                           k > 0};
        if constexpr (sizeof(T) < sizeof(float)) {
          if (rows > kRows) {
            multiply_group(widened(tile, outputs, wide), outputs, rows, ahead);
            continue;
          }
        }
        multiply_group(tile, outputs, rows, ahead);
      }
    }
  }
}

LETHE_INLINE void rows_product(const RowsProduct& p, int64_t begin,
                               int64_t end) {
  switch (p.type) {
    case WeightType::float32:
      return product<float>(p, begin, end);
    case WeightType::bfloat16:
      return product<Bf16>(p, begin, end);
    case WeightType::float16:
      return product<Fp16>(p, begin, end);
  }
}

}  // namespace
}  // namespace lethe

#endif
