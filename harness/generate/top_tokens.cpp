#include "harness/generate/top_tokens.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>

#include "harness/tensor/compute.h"
#include "harness/tensor/exponentials.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

constexpr int64_t kBlock = 64;  // numbers that are compared at once
constexpr float kMinus = -std::numeric_limits<float>::infinity();

struct Entry {
  float value;
  int64_t id;
};

// An object, because heaps do not inline functions.
constexpr auto better = [](const Entry& a, const Entry& b) {
  return a.value > b.value || (a.value == b.value && a.id < b.id);
};

bool any_above(const float* x, float bound) {
  using Four = float __attribute__((vector_size(16)));
  using Flags = int __attribute__((vector_size(16)));
  Flags above = {};
  for (int64_t i = 0; i < kBlock; i += 4) {
    Four part;
    std::memcpy(&part, x + i, sizeof part);
    above |= part > bound;
  }
  return (above[0] | above[1] | above[2] | above[3]) != 0;
}

// The entries of a row that are not banned, then banned ones as fillers.
void leave_out(const std::vector<int64_t>& banned, std::vector<Entry>& best) {
  for (Entry& e : best) {
    if (std::count(banned.begin(), banned.end(), e.id) > 0) e.value = kMinus;
  }
  std::stable_sort(best.begin(), best.end(), better);
}

// A heap with the worst of the best at its front: few numbers of a long row
// ever enter it, and whole blocks are passed by.
void best_of_row(const float* x, int64_t size, int64_t k,
                 std::vector<Entry>& best) {
  best.clear();
  for (int64_t id = 0; id < k; ++id) best.push_back({x[id], id});
  std::make_heap(best.begin(), best.end(), better);
  for (int64_t begin = k; begin < size; begin += kBlock) {
    const int64_t end = std::min(size, begin + kBlock);
    const float bound = best.front().value;
    if (end - begin == kBlock && !any_above(x + begin, bound)) continue;
    for (int64_t id = begin; id < end; ++id) {
      if (!(x[id] > best.front().value)) continue;
      std::pop_heap(best.begin(), best.end(), better);
      best.back() = {x[id], id};
      std::push_heap(best.begin(), best.end(), better);
    }
  }
  std::sort_heap(best.begin(), best.end(), better);
}

TopTokens top_on_cpu(const Tensor& logits, const Tensor& log_sum, int64_t k,
                     const std::vector<int64_t>& banned) {
  const int64_t rows = logits.size(0), size = logits.size(1);
  const int64_t looked_at =
      std::min(size, k + static_cast<int64_t>(banned.size()));
  TopTokens top{at::empty({rows, k}, logits.options()),
                at::empty({rows, k}, logits.options().dtype(at::kLong))};
  const float* x = logits.const_data_ptr<float>();
  const float* sums = log_sum.const_data_ptr<float>();
  float* logprobs = top.logprobs.data_ptr<float>();
  int64_t* ids = top.ids.data_ptr<int64_t>();
  at::parallel_for(0, rows, 1, [&](int64_t from, int64_t to) {
    std::vector<Entry> best;
    for (int64_t row = from; row < to; ++row) {
      if (!std::isfinite(sums[row])) {
        std::iota(ids + row * k, ids + (row + 1) * k, 0);
        std::fill_n(logprobs + row * k, k, kMinus);
        continue;
      }
      best_of_row(x + row * size, size, looked_at, best);
      if (!banned.empty()) leave_out(banned, best);
      for (int64_t i = 0; i < k; ++i) {
        logprobs[row * k + i] = best[i].value - sums[row];
        ids[row * k + i] = best[i].id;
      }
    }
  });
  return top;
}

}  // namespace

TopTokens TopTokens::select(const std::vector<int64_t>& rows) const {
  const Tensor index = int_tensor(rows, ids.device());
  return {logprobs.index_select(0, index), ids.index_select(0, index)};
}

Tensor log_sums(const Tensor& logits) {
  return logits.is_cpu() ? summarise_rows(logits).log_sum : logits.logsumexp(1);
}

TopTokens top_tokens(const Tensor& logits, const Tensor& log_sum, int64_t k,
                     const std::vector<int64_t>& banned) {
  k = std::min(k, logits.size(1));
  if (logits.is_cpu()) {
    return top_on_cpu(logits.contiguous(), log_sum, k, banned);
  }
  Tensor left = logits;
  if (!banned.empty()) {
    left = left.index_fill(1, int_tensor(banned, logits.device()), kMinus);
  }
  const auto [values, ids] = left.topk(k, -1);
  return {(values - log_sum.unsqueeze(1)).nan_to_num_(kMinus, kMinus, kMinus),
          ids};
}

}  // namespace lethe
