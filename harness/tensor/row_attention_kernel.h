// Attention of a row's queries over its own keys: keys and values are widened
// and laid out once as weights of many_rows_kernel.h are, and both products are
// its tiles.
#pragma once

#include "harness/tensor/last_query_kernel.h"
#include "harness/tensor/many_rows_kernel.h"

namespace lethe {
namespace {

// Values of `keys` tokens in panels of kWide: number n of token k at
// [k * kWide + n % kWide] of panel n / kWide, zeros beyond.
template <class T>
void lay_out(const RowAttention& a, float* to) {
  const T* value = static_cast<const T*>(a.value);
  for (int64_t n = 0; n < a.size; n += kWidth) {
    float* panel = to + n / kWide * a.keys * kWide + n % kWide;
    const int64_t count = smaller(kWidth, a.size - n);
    for (int64_t k = 0; k < a.keys; ++k) {
      const T* from = value + k * a.value_stride + n;
      const Reg v = count == kWidth ? load(from) : load_some(from, count);
      __builtin_memcpy(panel + k * kWide, &v, sizeof v);
    }
  }
}

// Some queries of one head: the tile's rows.
struct QueryTile {
  int64_t first, rows;
  int64_t from, to;  // keys that any of them sees
};

template <class T>
LETHE_INLINE void widen(const RowAttention& a, const QueryTile& tile,
                        int64_t head, float* to, int64_t stride) {
  for (int64_t m = 0; m < tile.rows; ++m) {
    const T* from = static_cast<const T*>(a.query) +
                    (tile.first + m) * a.query_stride + head * a.head_stride;
    for (int64_t d = 0; d < a.size; d += kWidth) {
      const int64_t count = smaller(kWidth, a.size - d);
      const Reg q =
          (count == kWidth ? load(from + d) : load_some(from + d, count)) *
          a.scale;
      __builtin_memcpy(to + m * stride + d, &q, sizeof q);
    }
  }
}

// Scores to shares, 0 where a query does not see a key of the tile.
LETHE_INLINE void share(const RowAttention& a, const QueryTile& tile,
                        float* scores, int64_t stride) {
  for (int64_t m = 0; m < tile.rows; ++m) {
    const int64_t query = tile.first + m;
    const int64_t end = a.causal ? query + 1 : a.keys;
    const int64_t begin =
        a.window > 0 && end > a.window ? end - a.window : int64_t{0};
    float* own = scores + m * stride;
    softmax(own + begin, end - begin);
    for (int64_t k = tile.from; k < begin; ++k) own[k] = 0;
    for (int64_t k = end; k < tile.to; ++k) own[k] = 0;
  }
}

template <class T>
void attend_tile(const RowAttention& a, const QueryTile& tile, int64_t head,
                 const float* keys, const float* values, float* scratch) {
  const int64_t padded = (a.size + kWidth - 1) / kWidth * kWidth;
  const int64_t x_stride = padded + kLine;
  const int64_t stride = (a.keys + kWide - 1) / kWide * kWide + kLine;
  const int64_t key_panel = (a.size + 7) / 8 * 8 * kWide;
  float* x = scratch;
  float* scores = x + kTall * x_stride;
  widen<T>(a, tile, head, x, x_stride);
  for (int64_t k = tile.from / kWide * kWide; k < tile.to; k += kWide) {
    multiply(PanelTile{x, x_stride, keys + k / kWide * key_panel, a.size,
                       scores + k, stride, tile.rows, kWide, nullptr, false});
  }
  share(a, tile, scores, stride);
  float* y = a.y + tile.first * a.y_stride + head * a.size;
  for (int64_t n = 0; n < a.size; n += kWide) {
    const float* panel =
        values + n / kWide * a.keys * kWide + tile.from * kWide;
    multiply(PanelTile{scores + tile.from, stride, panel, tile.to - tile.from,
                       y + n, a.y_stride, tile.rows, smaller(kWide, a.size - n),
                       nullptr, false});
  }
}

template <class T>
void attend_row(const RowAttention& a) {
  float* keys = a.scratch;
  const int64_t panels = (a.keys + kWide - 1) / kWide;
  float* values = keys + panels * kWide * ((a.size + 7) / 8 * 8);
  float* rest = values + (a.size + kWide - 1) / kWide * kWide * a.keys;
  pack(static_cast<const T*>(a.key), a.key_stride, a.keys, a.size, keys);
  lay_out<T>(a, values);
  for (int64_t query = a.first; query < a.last; query += kTall) {
    QueryTile tile{query, smaller(kTall, a.last - query), 0, a.keys};
    if (a.causal) tile.to = query + tile.rows;
    if (a.window > 0 && query + 1 > a.window) tile.from = query + 1 - a.window;
    for (int64_t head = 0; head < a.heads; ++head) {
      attend_tile<T>(a, tile, head, keys, values, rest);
    }
  }
}

LETHE_INLINE void row_attention(const RowAttention& a) {
  switch (a.type) {
    case WeightType::float32:
      return attend_row<float>(a);
    case WeightType::bfloat16:
      return attend_row<Bf16>(a);
    case WeightType::float16:
      return attend_row<Fp16>(a);
  }
}

}  // namespace
}  // namespace lethe
