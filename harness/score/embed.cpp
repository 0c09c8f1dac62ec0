#include "harness/score/embed.h"

#include <algorithm>
#include <numeric>

#include "harness/score/oom.h"
#include "harness/score/score.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

// On a CPU a batch's states stay in its outer cache.
int64_t batch_tokens_for(at::Device device) {
  return device.is_cpu() ? 2048 : default_batch_tokens(device);
}

EmbeddedBatch run_batch(const Encoder& encoder,
                        const std::vector<EncoderRow>& rows,
                        std::vector<size_t> chosen,
                        const std::vector<int64_t>& layers) {
  std::vector<std::vector<int64_t>> ids;
  std::vector<int64_t> types;
  bool segments = false;
  for (const size_t row : chosen) {
    ids.push_back(rows[row].ids);
    std::vector<int64_t> own = rows[row].types;
    segments = segments || !own.empty();
    own.resize(ids.back().size(), 0);
    types.insert(types.end(), own.begin(), own.end());
  }
  const Ragged together = ragged(ids, encoder.device());
  EmbeddedBatch batch;
  batch.rows = std::move(chosen);
  batch.offsets = together.offsets;
  batch.states = encoder.hidden_states(
      together, segments ? int_tensor(types, encoder.device()) : Tensor(),
      layers);
  return batch;
}

}  // namespace

void embed(const Encoder& encoder, const std::vector<EncoderRow>& rows,
           const EmbedOptions& options,
           const std::function<void(const EmbeddedBatch&)>& take) {
  const c10::InferenceMode inference;
  std::vector<size_t> order(rows.size());
  std::iota(order.begin(), order.end(), 0);
  // Longest first: out of memory shows at once, equal lengths stand together.
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return rows[a].ids.size() > rows[b].ids.size();
  });
  std::vector<int64_t> sizes;
  for (const size_t row : order) {
    sizes.push_back(static_cast<int64_t>(rows[row].ids.size()));
  }
  in_batches(
      sizes,
      options.batch_tokens > 0 ? options.batch_tokens
                               : batch_tokens_for(encoder.device()),
      [&](size_t begin, size_t end) {
        const auto first = order.begin();
        take(run_batch(encoder, rows, {first + begin, first + end},
                       options.layers));
      },
      options.progress);
}

}  // namespace lethe
