#include "harness/tensor/linear.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <atomic>

#include "harness/tensor/kernel_types.h"
#include "harness/tensor/kernels.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

// Whether the library multiplies bfloat16 with instructions made for it.
bool native_bfloat16() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512bf16") != 0;
#else
  return true;
#endif
}

constexpr int64_t kFewRows = 64;  // beyond, turning weights pays

// Up to how many rows the kernels are faster than the library: measured;
// without instructions for them the library is 5 to 10 times slower in the
// 16-bit types at any number.
int64_t most_rows(at::ScalarType dtype) {
  constexpr int64_t kAlways = INT64_MAX;
  switch (dtype) {
    case at::kFloat:
      return library_has_avx512() ? kFewRows : kAlways;
    case at::kBFloat16:
      return native_bfloat16() ? kFewRows : kAlways;
    case at::kHalf:
      return kAlways;
    default:
      return 0;
  }
}

bool records(const Tensor& tensor) {
  return tensor.defined() && tensor.requires_grad();
}

bool fits(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  if (!x.device().is_cpu() || x.numel() == 0 || weight.dim() != 2) return false;
  if (x.scalar_type() != weight.scalar_type()) return false;
  if (at::GradMode::is_enabled() &&
      (records(x) || records(weight) || records(bias))) {
    return false;
  }
  const int64_t rows = x.numel() / x.size(-1);
  const bool readable =
      weight.is_contiguous() || (rows > kFewRows && weight.t().is_contiguous());
  return readable && made_here(x.scalar_type(), rows);
}

int64_t parts(int64_t all, int64_t size) { return (all + size - 1) / size; }

void run_few_rows(const RowsProduct& task, FewRowsKernel kernel) {
  constexpr int64_t kGrain = 1 << 16;  // products worth a thread
  const int64_t grain = 1 + kGrain / (task.rows * task.in * kGroup);
  at::parallel_for(
      0, parts(task.out, kGroup), grain, [&](int64_t begin, int64_t end) {
        kernel(task, begin * kGroup, std::min(end * kGroup, task.out));
      });
}

// Rows of a panel: their inputs stay in the outer cache; fewer where threads
// would find no work.
int64_t panel_rows(const RowsProduct& task, int64_t panels) {
  constexpr int64_t kFewest = 96, kTile = 24;
  const int64_t kMost = task.turned ? 2048 : 512;
  int64_t blocks = parts(task.rows, kMost);
  while (blocks * panels < 3 * at::get_num_threads() &&
         parts(task.rows, 2 * blocks) >= kFewest) {
    blocks *= 2;
  }
  return parts(parts(task.rows, blocks), kTile) * kTile;
}

void run_many_rows(const RowsProduct& task) {
  const int64_t panels = parts(task.out, kPanelOutputs);
  const int64_t rows = panel_rows(task, panels);
  const int64_t all = parts(task.rows, rows) * panels;
  // Each thread takes the next panel when it is done: none waits for one whose
  // core is busy with something else.
  std::atomic<int64_t> next = 0;
  const int64_t threads = std::min<int64_t>(all, at::get_num_threads());
  at::parallel_for(0, threads, 1, [&](int64_t, int64_t) {
    const Tensor scratch = at::empty({kPanelScratch}, at::kFloat);
    for (int64_t i = next++; i < all; i = next++) {
      Panel panel;
      panel.first_row = i / panels * rows;
      panel.last_row = std::min(panel.first_row + rows, task.rows);
      panel.begin = i % panels * kPanelOutputs;
      panel.end = std::min(panel.begin + kPanelOutputs, task.out);
      panel.scratch = scratch.mutable_data_ptr<float>();
      kernels().many_rows(task, panel);
    }
  });
}

// Whether few rows are multiplied as they are.
bool multiplied_narrow(const Tensor& x) {
  return x.scalar_type() == at::kBFloat16 && x.size(0) <= kFewRows &&
         kernels().few_rows_bfloat16 != nullptr;
}

// x [M, K] times weight^T plus bias, float32 [M, N].
Tensor product(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  const bool narrow = multiplied_narrow(x);
  const Tensor read = x.to(narrow ? at::kBFloat16 : at::kFloat).contiguous();
  const Tensor wide_bias =
      bias.defined() ? bias.to(at::kFloat).contiguous() : Tensor();
  Tensor y =
      at::empty({x.size(0), weight.size(0)}, read.options().dtype(at::kFloat));
  RowsProduct task;
  task.x = read.const_data_ptr();
  task.rows = x.size(0);
  task.weight = weight.const_data_ptr();
  task.turned = !weight.is_contiguous();
  task.type = weight_type(weight.scalar_type());
  task.in = weight.size(1);
  task.out = weight.size(0);
  if (bias.defined()) task.bias = wide_bias.const_data_ptr<float>();
  task.y = y.mutable_data_ptr<float>();
  if (task.rows > kFewRows) {
    run_many_rows(task);
  } else {
    run_few_rows(task,
                 narrow ? kernels().few_rows_bfloat16 : kernels().few_rows);
  }
  return y;
}

std::optional<Tensor> optional(const Tensor& bias) {
  return bias.defined() ? std::optional<Tensor>(bias) : std::nullopt;
}

}  // namespace

bool made_here(at::ScalarType dtype, int64_t rows) {
  return kernels().few_rows != nullptr && rows <= most_rows(dtype);
}

void multiply_matrix(const Tensor& y, const Tensor& x, const Tensor& b,
                     bool add) {
  const bool here = y.device().is_cpu() && x.size(0) > kFewRows &&
                    x.size(1) > 0 && b.is_contiguous() &&
                    made_here(b.scalar_type(), x.size(0));
  if (!here) {
    const Tensor wide = b.to(at::kFloat);
    Tensor result = y;
    if (add) {
      result.addmm_(x.to(at::kFloat), wide);
    } else {
      at::mm_out(result, x.to(at::kFloat), wide);
    }
    return;
  }
  const Tensor read = x.to(at::kFloat).contiguous();
  RowsProduct task;
  task.x = read.const_data_ptr();
  task.rows = x.size(0);
  task.weight = b.const_data_ptr();
  task.type = weight_type(b.scalar_type());
  task.in = b.size(0);
  task.out = b.size(1);
  task.y = y.mutable_data_ptr<float>();
  task.turned = true;
  task.add = add;
  run_many_rows(task);
}

Tensor times_weight_float(const Tensor& x, const Tensor& weight,
                          const Tensor& bias) {
  return times_weight_as_made(x, weight, bias).to(at::kFloat);
}

Tensor times_weight_as_made(const Tensor& x, const Tensor& weight,
                            const Tensor& bias) {
  if (!fits(x, weight, bias)) return at::linear(x, weight, optional(bias));
  std::vector<int64_t> shape = x.sizes().vec();
  const Tensor y = product(x.reshape({-1, shape.back()}), weight, bias);
  shape.back() = weight.size(0);
  return y.view(shape);
}

Tensor times_weight(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  return fits(x, weight, bias)
             ? times_weight_float(x, weight, bias).to(x.scalar_type())
             : at::linear(x, weight, optional(bias));
}

}  // namespace lethe
