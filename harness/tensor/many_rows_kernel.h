// Products of many rows: some outputs' weights are widened and turned once, so
// that a vector holds one input's weights of neighbouring outputs, and stay in
// cache while rows stream past. The library turns weights too, more slowly.
#pragma once

#include "harness/tensor/kernel_vectors.h"
#include "harness/tensor/kernels.h"

namespace lethe {
namespace {

constexpr int kTall = kWidth == 8 ? 6 : 8;  // rows of a tile: registers
constexpr int kWide = 2 * static_cast<int>(kWidth);  // outputs of a tile
constexpr int64_t kLine = 16;                        // floats in a cache line

LETHE_INLINE int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

// v[i][j] to to[j * stride + i].
LETHE_INLINE void turn8(const __m256* v, float* to, int64_t stride) {
  __m256 pair[8], four[8];
  for (int i = 0; i < 8; i += 2) {
    pair[i] = _mm256_unpacklo_ps(v[i], v[i + 1]);
    pair[i + 1] = _mm256_unpackhi_ps(v[i], v[i + 1]);
  }
  for (int i = 0; i < 8; i += 4) {
    four[i] = _mm256_shuffle_ps(pair[i], pair[i + 2], 0x44);
    four[i + 1] = _mm256_shuffle_ps(pair[i], pair[i + 2], 0xEE);
    four[i + 2] = _mm256_shuffle_ps(pair[i + 1], pair[i + 3], 0x44);
    four[i + 3] = _mm256_shuffle_ps(pair[i + 1], pair[i + 3], 0xEE);
  }
  for (int i = 0; i < 4; ++i) {
    _mm256_storeu_ps(to + i * stride,
                     _mm256_permute2f128_ps(four[i], four[i + 4], 0x20));
    _mm256_storeu_ps(to + (i + 4) * stride,
                     _mm256_permute2f128_ps(four[i], four[i + 4], 0x31));
  }
}

// The first `count` of eight, zeros for the rest.
template <class T>
LETHE_INLINE __m256 some8(const T* p, int64_t count) {
  if (count >= 8) return load8(p);
  T some[8] = {};
  if (count > 0) {
    __builtin_memcpy(some, p, static_cast<size_t>(count) * sizeof(T));
  }
  return load8(some);
}

// Weights of `outputs` rows, `stride` apart, and `in` inputs, in panels of
// kWide outputs: input k of output j at [k * kWide + j], zeros beyond. Returns
// the floats of a panel.
template <class T>
int64_t pack(const T* weight, int64_t stride, int64_t outputs, int64_t in,
             float* packed) {
  const int64_t size = (in + 7) / 8 * 8 * kWide;
  const int64_t padded = (outputs + kWide - 1) / kWide * kWide;
  for (int64_t n = 0; n < padded; n += 8) {
    float* to = packed + n / kWide * size + n % kWide;
    for (int64_t k = 0; k < in; k += 8) {
      __m256 v[8];
      for (int64_t i = 0; i < 8; ++i) {
        const int64_t count = n + i < outputs ? in - k : 0;
        v[i] = some8(weight + (n + i) * stride + k, count);
      }
      turn8(v, to + k * kWide, kWide);
    }
  }
  return size;
}

// The same of weights that lie turned: `in` rows of outputs, `stride` apart.
template <class T>
int64_t pack_turned(const T* weight, int64_t stride, int64_t outputs,
                    int64_t in, float* packed) {
  const int64_t size = (in + 7) / 8 * 8 * kWide;
  const int64_t padded = (outputs + kWide - 1) / kWide * kWide;
  for (int64_t k = 0; k < in; ++k) {
    const T* row = weight + k * stride;
    const T* later = weight + smaller(k + 6, in - 1) * stride;
    for (int64_t n = 0; n < padded; n += 8) {
      __builtin_prefetch(later + smaller(n, outputs - 1), 0, 2);
      float* to = packed + n / kWide * size + k * kWide + n % kWide;
      _mm256_storeu_ps(to, some8(row + n, outputs - n));
    }
  }
  return size;
}

// Some outputs of some rows over some of the inputs.
struct PanelTile {
  const float* x;
  int64_t x_stride;
  const float* packed;
  int64_t in;
  float* y;
  int64_t y_stride;
  int64_t rows, outputs;  // at most kTall, kWide
  const float* bias;      // of these outputs or null
  bool add;               // to what is in y, which has the bias
};

// Every sum is made alike, whatever the rows beside it.
LETHE_INLINE void multiply(const PanelTile& t) {
  const float* x[kTall];
  for (int m = 0; m < kTall; ++m) {
    x[m] = t.x + (m < t.rows ? m : 0) * t.x_stride;
  }
  Reg sum[kTall][2] = {};
  const float* w = t.packed;
#pragma GCC unroll 2
  for (int64_t k = 0; k < t.in; ++k, w += kWide) {
    const Reg low = load(w), high = load(w + kWidth);
#pragma GCC unroll 8
    for (int m = 0; m < kTall; ++m) {
      sum[m][0] += x[m][k] * low;
      sum[m][1] += x[m][k] * high;
    }
  }
  float first[kWide] = {};
  if (t.bias != nullptr && !t.add) {
    __builtin_memcpy(first, t.bias,
                     static_cast<size_t>(t.outputs) * sizeof(float));
  }
  for (int m = 0; m < kTall; ++m) {
    if (m >= t.rows) break;
    float* y = t.y + m * t.y_stride;
    if (t.outputs == kWide) {
      const float* before = t.add ? y : first;
      const Reg low = load(before) + sum[m][0];
      const Reg high = load(before + kWidth) + sum[m][1];
      __builtin_memcpy(y, &low, sizeof low);
      __builtin_memcpy(y + kWidth, &high, sizeof high);
    } else {
      float sums[kWide];
      __builtin_memcpy(sums, sum[m], sizeof sums);
      for (int64_t n = 0; n < t.outputs; ++n) {
        y[n] = (t.add ? y[n] : first[n]) + sums[n];
      }
    }
  }
}

// Rows of x that a tile reads, moved together where their distance would put
// them all into the same few lines of the cache; and the next rows, asked for.
struct Rows {
  const float* x;
  int64_t stride;
  const float* next;
  int64_t next_rows;
  int64_t next_stride;
};

LETHE_INLINE Rows rows_at(const RowsProduct& p, int64_t row, int64_t last,
                          int64_t k, int64_t in, float* room) {
  const float* x = static_cast<const float*>(p.x) + row * p.in + k;
  const Rows plain{x, p.in, x + kTall * p.in,
                   smaller(last - row - kTall, kTall), p.in};
  if (p.in % 512 != 0) return plain;
  Rows moved = plain;
  moved.x = room;
  moved.stride = kPanelInputs + kLine;
  for (int64_t m = 0; m < smaller(kTall, last - row); ++m) {
    __builtin_memcpy(room + m * moved.stride, x + m * p.in,
                     static_cast<size_t>(in) * sizeof(float));
  }
  return moved;
}

// A panel's inputs from k on.
template <class T>
void multiply_panel(const RowsProduct& p, const Panel& panel, int64_t k,
                    int64_t in) {
  const int64_t outputs = panel.end - panel.begin;
  float* packed = panel.scratch;
  float* room = packed + kPanelOutputs * kPanelInputs;
  const T* weight = static_cast<const T*>(p.weight);
  const int64_t size = p.turned ? pack_turned(weight + k * p.out + panel.begin,
                                              p.out, outputs, in, packed)
                                : pack(weight + panel.begin * p.in + k, p.in,
                                       outputs, in, packed);
  const int64_t tiles = (outputs + kWide - 1) / kWide;
  for (int64_t row = panel.first_row; row < panel.last_row; row += kTall) {
    const Rows rows = rows_at(p, row, panel.last_row, k, in, room);
    for (int64_t tile = 0; tile < tiles; ++tile) {
      for (int64_t m = tile; m < rows.next_rows; m += tiles) {
        const float* next = rows.next + m * rows.next_stride;
        for (int64_t i = 0; i < in; i += kLine) {
          __builtin_prefetch(next + i, 0, 2);
        }
      }
      const int64_t n = panel.begin + tile * kWide;
      multiply(PanelTile{
          rows.x, rows.stride, packed + tile * size, in, p.y + row * p.out + n,
          p.out, smaller(kTall, panel.last_row - row),
          smaller(kWide, panel.end - n),
          p.bias == nullptr ? nullptr : p.bias + n, k > 0 || p.add});
    }
  }
}

template <class T>
void multiply_panel(const RowsProduct& p, const Panel& panel) {
  const int64_t parts = (p.in + kPanelInputs - 1) / kPanelInputs;
  const int64_t part = ((p.in + parts - 1) / parts + 7) / 8 * 8;
  for (int64_t k = 0; k < p.in; k += part) {
    multiply_panel<T>(p, panel, k, smaller(part, p.in - k));
  }
}

LETHE_INLINE void many_rows(const RowsProduct& p, const Panel& panel) {
  switch (p.type) {
    case WeightType::float32:
      return multiply_panel<float>(p, panel);
    case WeightType::bfloat16:
      return multiply_panel<Bf16>(p, panel);
    case WeightType::float16:
      return multiply_panel<Fp16>(p, panel);
  }
}

}  // namespace
}  // namespace lethe
