#include "harness/score/last_states.h"

#include <algorithm>
#include <numeric>

#include "harness/score/oom.h"
#include "harness/score/score.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

// [rows, H] in the compute dtype.
Tensor states_of(const Model& model,
                 const std::vector<std::vector<int64_t>>& rows) {
  Ragged together = ragged(rows, model.device());
  std::vector<int64_t> last;
  for (size_t b = 1; b < together.offsets.size(); ++b) {
    last.push_back(together.offsets[b] - 1);
  }
  together.wanted = int_tensor(last, model.device());
  return model.hidden(together);
}

}  // namespace

Tensor last_states(const Model& model,
                   const std::vector<std::vector<int64_t>>& rows,
                   const LastStateOptions& options) {
  const c10::InferenceMode inference;
  std::vector<size_t> order(rows.size());
  std::iota(order.begin(), order.end(), 0);
  // Longest first: out of memory shows at once.
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return rows[a].size() > rows[b].size();
  });
  std::vector<int64_t> sizes;
  for (const size_t row : order) {
    check_ids(rows[row], model.config().vocab_size);
    sizes.push_back(static_cast<int64_t>(rows[row].size()));
  }
  const auto count = static_cast<int64_t>(rows.size());
  Tensor states = at::empty({count, model.config().hidden_size}, at::kFloat);
  in_batches(
      sizes,
      options.batch_tokens > 0 ? options.batch_tokens
                               : default_batch_tokens(model.device()),
      [&](size_t begin, size_t end) {
        std::vector<std::vector<int64_t>> batch;
        std::vector<int64_t> places;
        for (size_t i = begin; i < end; ++i) {
          batch.push_back(rows[order[i]]);
          places.push_back(static_cast<int64_t>(order[i]));
        }
        states.index_copy_(0, int_tensor(places, at::kCPU),
                           states_of(model, batch).to(at::kCPU, at::kFloat));
      },
      options.progress);
  return states;
}

}  // namespace lethe
