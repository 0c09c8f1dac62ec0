// Products of few rows with weights that lie in no cache: weights are read as
// they are stored, once, and every output of a row is summed along its inputs.
#pragma once

#include "harness/tensor/kernel_vectors.h"
#include "harness/tensor/kernels.h"

namespace lethe {
namespace {

constexpr int64_t kBlock = 1024;  // inputs: a group of weights stays in cache
constexpr int kRows = 4;          // rows that share one load of weights
constexpr int kOutputs = kWidth == 8 ? 3 : 4;  // as the registers allow

// What a tile reads of one row at once, and how it is summed up: floats, or
// bfloat16 in pairs where the processor multiplies them.
template <class T, class X>
struct Lanes;

template <class T>
struct Lanes<T, float> {
  static constexpr int64_t kStep = kWidth;
  using Vector = Reg;
  template <class From>
  static LETHE_INLINE Reg read(const From* p) {
    return load(p);
  }
  template <class From>
  static LETHE_INLINE Reg read_some(const From* p, int64_t count) {
    return load_some(p, count);
  }
  static LETHE_INLINE void add(Reg& sum, Reg w, Reg x) { sum += w * x; }
};

#if defined(__AVX512BF16__)
// Products of neighbours are added to one float; denormal numbers count as 0.
template <>
struct Lanes<Bf16, Bf16> {
  static constexpr int64_t kStep = 32;
  using Vector = __m512i;
  static LETHE_INLINE __m512i read(const Bf16* p) {
    return _mm512_loadu_si512(p);
  }
  static LETHE_INLINE __m512i read_some(const Bf16* p, int64_t count) {
    Bf16 some[kStep] = {};
    __builtin_memcpy(some, p, static_cast<size_t>(count) * sizeof(Bf16));
    return read(some);
  }
  static LETHE_INLINE void add(Reg& sum, __m512i w, __m512i x) {
    sum = (Reg)_mm512_dpbf16_ps((__m512)sum, (__m512bh)w, (__m512bh)x);
  }
};
#endif

// Some outputs of some rows over some of the inputs.
template <class T, class X>
struct Tile {
  const T* weight;  // rows `weight_stride` apart
  int64_t weight_stride;
  const X* x;  // rows `x_stride` apart
  int64_t x_stride;
  int64_t in;
  float* y;  // rows `y_stride` apart
  int64_t y_stride;
  const float* bias;  // of these outputs or null
  bool add;           // to what is in y, which has the bias
};

// N outputs of M rows. Every sum is made alike, whatever N and M.
template <int N, int M, class T, class X>
LETHE_INLINE void multiply(const Tile<T, X>& t) {
  using L = Lanes<T, X>;
  Reg sum[4][M] = {};
  typename L::Vector w[N];
  int64_t i = 0;
#pragma GCC unroll 2
  for (; i + L::kStep <= t.in; i += L::kStep) {
#pragma GCC unroll 4
    for (int n = 0; n < N; ++n) {
      w[n] = L::read(t.weight + n * t.weight_stride + i);
    }
#pragma GCC unroll 4
    for (int m = 0; m < M; ++m) {
      const typename L::Vector x = L::read(t.x + m * t.x_stride + i);
#pragma GCC unroll 4
      for (int n = 0; n < N; ++n) L::add(sum[n][m], w[n], x);
    }
  }
  if (const int64_t rest = t.in - i; rest > 0) {
    for (int n = 0; n < N; ++n) {
      w[n] = L::read_some(t.weight + n * t.weight_stride + i, rest);
    }
    for (int m = 0; m < M; ++m) {
      const typename L::Vector x = L::read_some(t.x + m * t.x_stride + i, rest);
      for (int n = 0; n < N; ++n) L::add(sum[n][m], w[n], x);
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

template <int N, class T, class X>
LETHE_INLINE void multiply_rows(const Tile<T, X>& t, int64_t rows) {
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
  const char* row = nullptr;  // `rows` of `bytes` each, `stride` apart
  int64_t rows = 0, bytes = 0, stride = 0;
  int64_t share = 0;  // lines at once
  int64_t at = 0;

  void ask() {
    for (int64_t i = 0; i < share && rows > 0; ++i) {
      __builtin_prefetch(row + at, 0, 2);
      at += 64;
      if (at < bytes) continue;
      at = 0;
      row += stride;
      --rows;
    }
  }
};

// `outputs` <= kGroup outputs of `rows` rows.
template <class T, class X>
void multiply_group(Tile<T, X> t, int64_t outputs, int64_t rows, Ahead ahead) {
  for (int64_t m = 0; m < rows; m += kRows) {
    Tile<T, X> tile = t;
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
Tile<float, float> widened(const Tile<T, float>& t, int64_t outputs,
                           float* wide) {
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

// While some inputs of a group are multiplied, the next ones are asked for: the
// group's own, or the first `block` of the next group.
template <class T>
Ahead next_part(const RowsProduct& p, int64_t n, int64_t k, int64_t block,
                int64_t end) {
  const bool same = k + block < p.in;
  const int64_t first = same ? n : n + kGroup;
  if (first >= end || p.rows < kRows) return {};
  const int64_t from = same ? k + block : 0, left = p.in - from;
  const int64_t size = static_cast<int64_t>(sizeof(T));
  Ahead ahead;
  ahead.row = static_cast<const char*>(p.weight) + (first * p.in + from) * size;
  ahead.rows = end - first < kGroup ? end - first : kGroup;
  ahead.bytes = (left < block ? left : block) * size;
  ahead.stride = p.in * size;
  const int64_t tiles = (p.rows + kRows - 1) / kRows * (kGroup / kOutputs);
  ahead.share = (ahead.rows * (ahead.bytes / 64 + 1) + tiles - 1) / tiles;
  return ahead;
}

// Inputs of a part, at most kBlock and alike in all parts.
LETHE_INLINE int64_t part_size(int64_t in) {
  constexpr int64_t kLine = 32;
  const int64_t parts = (in + kBlock - 1) / kBlock;
  return ((in + parts - 1) / parts + kLine - 1) / kLine * kLine;
}

template <class T, class X>
void product(const RowsProduct& p, int64_t begin, int64_t end) {
  constexpr bool kWiden = sizeof(T) < sizeof(X);
  alignas(64) float wide[kWiden ? kGroup * kBlock : 1];
  const X* x = static_cast<const X*>(p.x);
  const T* weight = static_cast<const T*>(p.weight);
  const int64_t block = part_size(p.in);
  for (int64_t n = begin; n < end; n += kGroup) {
    const int64_t outputs = end - n < kGroup ? end - n : kGroup;
    for (int64_t k = 0; k < p.in; k += block) {
      const Ahead ahead = next_part<T>(p, n, k, block, end);
      const Tile<T, X> tile{weight + n * p.in + k,
                            p.in,
                            x + k,
                            p.in,
                            p.in - k < block ? p.in - k : block,
                            p.y + n,
                            p.out,
                            p.bias == nullptr ? nullptr : p.bias + n,
                            k > 0};
      if constexpr (kWiden) {
        if (p.rows > kRows) {
          multiply_group(widened(tile, outputs, wide), outputs, p.rows, ahead);
          continue;
        }
      }
      multiply_group(tile, outputs, p.rows, ahead);
    }
  }
}

LETHE_INLINE void few_rows(const RowsProduct& p, int64_t begin, int64_t end) {
  switch (p.type) {
    case WeightType::float32:
      return product<float, float>(p, begin, end);
    case WeightType::bfloat16:
      return product<Bf16, float>(p, begin, end);
    case WeightType::float16:
      return product<Fp16, float>(p, begin, end);
  }
}

}  // namespace
}  // namespace lethe
