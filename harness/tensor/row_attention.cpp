#include "harness/tensor/row_attention.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <atomic>

#include "harness/tensor/kernel_types.h"
#include "harness/tensor/kernels.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

// Up to how long a row is computed faster than by the library. Measured on an
// AMD processor with AVX-512: at all lengths, 2 to 3 times; beyond some
// thousand tokens keys and values leave the cache. Where the library's products
// are as fast as ours, its larger blocks pay earlier.
int64_t most_tokens() { return library_has_avx512() ? 256 : 4096; }

// Some queries of a row, and the heads that share its keys.
struct Piece {
  int64_t row, kv_head;
  int64_t first, last;  // queries, from the row's begin
  int64_t cost() const { return (last - first) * last; }
};

// A view where the D numbers of a head lie together.
Tensor together(const Tensor& x) {
  return x.stride(-1) == 1 ? x : x.contiguous();
}

const char* at_token(const Tensor& x, int64_t token, int64_t head) {
  return static_cast<const char*>(x.const_data_ptr()) +
         (token * x.stride(0) + head * x.stride(1)) *
             static_cast<int64_t>(x.element_size());
}

// Every row for every head of its keys; rows are cut where threads would find
// no work.
std::vector<Piece> pieces_of(
    const std::vector<std::pair<int64_t, int64_t>>& rows, int64_t kv_heads) {
  const auto whole = static_cast<int64_t>(rows.size()) * kv_heads;
  const int64_t cuts =
      1 + 2 * at::get_num_threads() / std::max<int64_t>(whole, 1);
  constexpr int64_t kTile = 24;  // queries
  std::vector<Piece> pieces;
  for (size_t row = 0; row < rows.size(); ++row) {
    const int64_t tokens = rows[row].second - rows[row].first;
    const int64_t step =
        ((tokens + cuts - 1) / cuts + kTile - 1) / kTile * kTile;
    for (int64_t head = 0; head < kv_heads; ++head) {
      for (int64_t first = 0; first < tokens; first += step) {
        pieces.push_back({static_cast<int64_t>(row), head, first,
                          std::min(first + step, tokens)});
      }
    }
  }
  return pieces;
}

// Floats that the kernel needs for a row of so many tokens, whatever its width.
int64_t scratch_of(int64_t tokens, int64_t size) {
  return (tokens + 32) * (size + 8) + (size + 32) * tokens +
         8 * (size + 32 + tokens + 64);
}

}  // namespace

bool row_attention_fits(const Tensor& query, int64_t tokens) {
  const at::ScalarType dtype = query.scalar_type();
  return kernels().row_attention != nullptr && query.device().is_cpu() &&
         (dtype == at::kFloat || dtype == at::kBFloat16 ||
          dtype == at::kHalf) &&
         tokens <= most_tokens() &&
         !(at::GradMode::is_enabled() && query.requires_grad());
}

void attend_rows(const RowAttentionInput& input,
                 const std::vector<std::pair<int64_t, int64_t>>& rows,
                 const Tensor& to) {
  const Tensor q = together(input.query), k = together(input.key),
               v = together(input.value);
  const bool wide = q.scalar_type() == at::kFloat;
  const Tensor y =
      wide ? to : at::empty(to.sizes(), to.options().dtype(at::kFloat));
  RowAttention task;
  task.type = weight_type(q.scalar_type());
  task.heads = q.size(1) / k.size(1);
  task.size = q.size(2);
  task.query_stride = q.stride(0);
  task.head_stride = q.stride(1);
  task.key_stride = k.stride(0);
  task.value_stride = v.stride(0);
  task.y_stride = y.size(1);
  task.scale = static_cast<float>(input.scale);
  task.causal = input.causal;
  task.window = input.window;
  float* out = y.mutable_data_ptr<float>();
  int64_t longest = 0;
  for (const auto& [begin, end] : rows)
    longest = std::max(longest, end - begin);
  const std::vector<Piece> pieces = pieces_of(rows, k.size(1));
  const auto count = static_cast<int64_t>(pieces.size());
  std::atomic<size_t> next = 0;
  const int64_t threads = std::min<int64_t>(count, at::get_num_threads());
  at::parallel_for(0, threads, 1, [&](int64_t, int64_t) {
    const Tensor scratch =
        at::empty({scratch_of(longest, task.size)}, at::kFloat);
    RowAttention one = task;
    one.scratch = scratch.mutable_data_ptr<float>();
    for (size_t i = next++; i < pieces.size(); i = next++) {
      const Piece& piece = pieces[i];
      const auto [begin, end] = rows[static_cast<size_t>(piece.row)];
      const int64_t head = piece.kv_head * task.heads;
      one.query = at_token(q, begin, head);
      one.key = at_token(k, begin, piece.kv_head);
      one.value = at_token(v, begin, piece.kv_head);
      one.keys = end - begin;
      one.first = piece.first;
      one.last = piece.last;
      one.y = out + begin * task.y_stride + head * task.size;
      kernels().row_attention(one);
    }
  });
  if (wide) return;
  for (const auto& [begin, end] : rows) {
    to.narrow(0, begin, end - begin).copy_(y.narrow(0, begin, end - begin));
  }
}

}  // namespace lethe
