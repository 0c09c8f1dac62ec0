// The inner loops of linear.h, exponentials.h, attention and adam.h, and which
// of them this processor runs.
//
// A file that is compiled for one instruction set includes no header with
// inline code of the standard library: the linker could take that code, made
// for its instruction set, for everyone's.
#pragma once

#include <stdint.h>

namespace lethe {

enum class WeightType { float32, bfloat16, float16 };

// y [rows, out] = x [rows, in] W [out, in]^T + bias; all rows are contiguous.
// For many rows the weights may be stored as [in, out], and be added to y.
struct RowsProduct {
  const void* x;  // float32, or what the kernel asks for
  int64_t rows;
  const void* weight;
  WeightType type;
  int64_t in, out;
  const float* bias = nullptr;  // [out] or null
  float* y;
  bool turned = false;  // W is stored [in, out]
  bool add = false;     // to y, without a bias
};

constexpr int64_t kGroup = 12;  // outputs that are computed together

// For few rows: the outputs [begin, end) of every row; begin is a multiple of
// kGroup.
using FewRowsKernel = void (*)(const RowsProduct&, int64_t begin, int64_t end);

// A part of a product for many rows.
struct Panel {
  int64_t first_row, last_row;  // not the last itself
  int64_t begin, end;           // outputs, at most kPanelOutputs
  float* scratch;               // kPanelScratch floats
};

constexpr int64_t kPanelOutputs = 128;  // with their inputs they stay in L2
constexpr int64_t kPanelInputs = 768;
constexpr int64_t kPanelScratch = (kPanelOutputs + 16) * (kPanelInputs + 16);

using ManyRowsKernel = void (*)(const RowsProduct&, const Panel&);

// A row of `size` numbers: see exponentials.h.
using RowKernel = void (*)(const void* x, WeightType type, int64_t size,
                           float* log_sum, int64_t* argmax);

// x becomes slope exp(x - log_sum), `size` numbers of `type`.
using ScaledExpKernel = void (*)(void* x, WeightType type, int64_t size,
                                 float log_sum, float slope);

// y = gelu of x by tanh, `size` numbers: see exponentials.h.
using GeluKernel = void (*)(const float* x, int64_t size, float* y);

// Some heads' queries over the keys and values that they share, all of `type`.
struct LastQuery {
  const void *query, *key, *value;  // rows of `size`, the strides apart
  WeightType type;
  int64_t heads, keys, size;  // at least one of each
  int64_t query_stride, key_stride, value_stride;
  float scale;
  float* scratch;  // size + keys + 32 floats
  float* y;        // [heads, size]
};
using LastQueryKernel = void (*)(const LastQuery&);

// The queries [first, last) of a row of `keys` tokens, for the heads that share
// its keys and values; all of `type`. Strides count numbers.
struct RowAttention {
  const void *query, *key, *value;  // of the row's first token, these heads
  WeightType type;
  int64_t keys, first, last;
  int64_t heads, size;                             // at least one of each
  int64_t query_stride, key_stride, value_stride;  // between tokens
  int64_t head_stride;                             // between queries' heads
  float scale;
  bool causal;
  int64_t window;  // keys that a query sees, its own included; 0: all
  float* y;        // of the row's first token: [heads, size]
  int64_t y_stride;
  float* scratch;  // see row_attention.cpp
};
using RowAttentionKernel = void (*)(const RowAttention&);

constexpr int64_t kAdamBlock = 256;  // elements with one scale and one key

// How a moment is stored; code: a byte an element, see adam.h.
enum class MomentType { float32, bfloat16, code };

struct Moment {
  void* data;
  float* scale;  // of a block of codes
  MomentType type;
};

// At most kAdamBlock elements of one tensor.
struct AdamBlock {
  void* weight;  // float32 or bfloat16, as the gradient
  const void* gradient;
  WeightType type;
  float* master;  // or null
  Moment exp_avg, exp_avg_sq;
  // Where not null, the second moment is row * columns[i].
  const float* columns;
  float row;
  int64_t count;
  bool stochastic;  // else numbers below float32 are rounded to the nearest
  uint32_t key[2];  // of the block's random bits
};

// The factors of one step, see adam.h.
struct AdamFactors {
  float gradient, keep, first, second, step, root, eps;
};
using AdamKernel = void (*)(const AdamBlock&, const AdamFactors&);

// The sum of the squares of `count` numbers; adds each to `columns` if given.
using SquaresKernel = double (*)(const void* x, WeightType type, int64_t count,
                                 float* columns);

// The loops of one instruction set; null: there are none.
struct Kernels {
  FewRowsKernel few_rows = nullptr;
  // x and weight bfloat16, multiplied without being widened.
  FewRowsKernel few_rows_bfloat16 = nullptr;
  ManyRowsKernel many_rows = nullptr;
  RowKernel summarise = nullptr;
  ScaledExpKernel scaled_exp = nullptr;
  GeluKernel gelu_tanh = nullptr;
  LastQueryKernel last_query = nullptr;
  RowAttentionKernel row_attention = nullptr;
  AdamKernel adam = nullptr;
  SquaresKernel squares = nullptr;
};
Kernels kernels_avx2();
Kernels kernels_avx512();
FewRowsKernel few_rows_avx512bf16();

// The best that this processor runs.
const Kernels& kernels();

// Whether the library's float32 products use all that this processor has: on
// Intel's with AVX-512. On others with AVX-512 it runs its AVX2 kernels, half
// as fast as ours. True where there are no kernels of ours.
bool library_has_avx512();

}  // namespace lethe
