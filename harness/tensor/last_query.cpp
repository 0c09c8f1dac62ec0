#include "harness/tensor/last_query.h"

#include <ATen/Parallel.h>

#include "harness/tensor/kernel_types.h"
#include "harness/tensor/kernels.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

bool has_kernel(at::ScalarType dtype) {
  return kernels().last_query != nullptr &&
         (dtype == at::kFloat || dtype == at::kBFloat16 || dtype == at::kHalf);
}

// A view where the D numbers of a head lie together.
Tensor together(const Tensor& x) {
  return x.stride(-1) == 1 ? x : x.contiguous();
}

const char* at_row(const Tensor& x, int64_t row, int64_t head, int64_t key) {
  return static_cast<const char*>(x.const_data_ptr()) +
         (row * x.stride(0) + head * x.stride(1) + key * x.stride(2)) *
             static_cast<int64_t>(x.element_size());
}

}  // namespace

bool last_query_fits(const Tensor& query) {
  return query.device().is_cpu() && has_kernel(query.scalar_type()) &&
         !(at::GradMode::is_enabled() && query.requires_grad());
}

Tensor attend_last_queries(const Tensor& query, const Tensor& key,
                           const Tensor& value,
                           const std::vector<int64_t>& first, double scale) {
  const Tensor q = query.contiguous(), k = together(key), v = together(value);
  const int64_t rows = q.size(0), kv_heads = k.size(1), keys = k.size(2);
  LastQuery task;
  task.type = weight_type(q.scalar_type());
  task.heads = q.size(1) / kv_heads;
  task.size = q.size(2);
  task.query_stride = task.size;
  task.key_stride = k.stride(2);
  task.value_stride = v.stride(2);
  task.scale = static_cast<float>(scale);
  const Tensor y = at::empty(q.sizes(), q.options().dtype(at::kFloat));
  float* out = y.mutable_data_ptr<float>();
  constexpr int64_t kGrain = 1 << 14;  // products worth a thread
  const int64_t grain = 1 + kGrain / (task.heads * task.size * keys);
  at::parallel_for(0, rows * kv_heads, grain, [&](int64_t from, int64_t to) {
    const Tensor scratch = at::empty({task.size + keys + 32}, at::kFloat);
    LastQuery one = task;
    one.scratch = scratch.mutable_data_ptr<float>();
    for (int64_t i = from; i < to; ++i) {
      const int64_t row = i / kv_heads, head = i % kv_heads;
      const int64_t begin = first[static_cast<size_t>(row)];
      one.query = at_row(q.unsqueeze(2), row, head * task.heads, 0);
      one.key = at_row(k, row, head, begin);
      one.value = at_row(v, row, head, begin);
      one.keys = keys - begin;
      one.y = out + i * task.heads * task.size;
      kernels().last_query(one);
    }
  });
  return y.to(q.scalar_type());
}

}  // namespace lethe
