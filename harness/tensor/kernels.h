// The inner loops of linear.h and exponentials.h, and which of them this
// processor runs.
//
// A file that is compiled for one instruction set includes no header with
// inline code of the standard library: the linker could take that code, made
// for its instruction set, for everyone's.
#pragma once

#include <stdint.h>

namespace lethe {

enum class WeightType { float32, bfloat16, float16 };

// y [rows, out] = x [rows, in] W [out, in]^T + bias; all rows are contiguous.
struct RowsProduct {
  const void* x;  // float32, or what the kernel asks for
  int64_t rows;
  const void* weight;
  WeightType type;
  int64_t in, out;
  const float* bias = nullptr;  // [out] or null
  float* y;
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
using RowKernel = void (*)(const float* x, int64_t size, float* log_sum,
                           int64_t* argmax);

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

// The loops of one instruction set; null: there are none.
struct Kernels {
  FewRowsKernel few_rows = nullptr;
  // x and weight bfloat16, multiplied without being widened.
  FewRowsKernel few_rows_bfloat16 = nullptr;
  ManyRowsKernel many_rows = nullptr;
  RowKernel summarise = nullptr;
  GeluKernel gelu_tanh = nullptr;
  LastQueryKernel last_query = nullptr;
};
Kernels kernels_avx2();
Kernels kernels_avx512();
FewRowsKernel few_rows_avx512bf16();

// The best that this processor runs.
const Kernels& kernels();

}  // namespace lethe
