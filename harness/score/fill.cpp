#include "harness/score/fill.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "harness/score/oom.h"
#include "harness/score/score.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

// Rows of a batch, end to end.
struct Batch {
  Ragged rows;
  EmbeddingFactors scaled;
  Tensor places;  // [R] int64, of the rows' tokens
  Tensor own;     // [R] int64, what stands there
};

Batch batch_of(const Encoder& encoder, const std::vector<FillRow>& rows) {
  std::vector<std::vector<int64_t>> ids;
  std::vector<int64_t> places, own, scaled;
  std::vector<float> factors;
  int64_t before = 0;
  for (const FillRow& row : rows) {
    encoder.check({row.ids, {}}, "text");
    places.push_back(before + row.at);
    own.push_back(row.ids[static_cast<size_t>(row.at)]);
    if (!row.factors.empty()) {
      scaled.push_back(places.back());
      factors.insert(factors.end(), row.factors.begin(), row.factors.end());
    }
    before += static_cast<int64_t>(row.ids.size());
    ids.push_back(row.ids);
  }
  const at::Device device = encoder.device();
  Batch batch;
  batch.rows = ragged(ids, device);
  batch.places = int_tensor(places, device);
  batch.own = int_tensor(own, device);
  if (!scaled.empty()) {
    batch.scaled.places = int_tensor(scaled, device);
    batch.scaled.factors = at::tensor(factors)
                               .view({static_cast<int64_t>(scaled.size()), -1})
                               .to(device, encoder.compute().dtype);
  }
  return batch;
}

// The fills of places with these last states [R, H]: one transfer.
void take(const MaskedLm& model, const FillJob& job, const Tensor& states,
          const Tensor& own, const Tensor& banned, MaskFill* fills) {
  const double never = -std::numeric_limits<double>::infinity();
  Tensor logits = model.logits(states);
  const Tensor total = at::logsumexp(logits, {1}, true);
  const Tensor place = own.unsqueeze(1);
  const Tensor own_share = at::exp(logits.gather(1, place) - total);
  logits.index_fill_(1, banned, never);
  logits.scatter_(1, place, never);
  const auto [best, ids] =
      logits.topk(std::min(job.candidates, logits.size(1)), 1);
  const std::vector<float> p =
      to_floats(at::cat({own_share, at::exp(best - total)}, 1));
  const std::vector<int64_t> tokens = to_ints(ids);
  const auto width = static_cast<size_t>(ids.size(1));
  for (size_t i = 0; i < static_cast<size_t>(states.size(0)); ++i) {
    fills[i] = {};
    fills[i].own = p[i * (width + 1)];
    for (size_t k = 0; k < width; ++k) {
      const double share = p[i * (width + 1) + 1 + k];
      if (!(share > 0)) continue;  // banned, or no number
      fills[i].ids.push_back(tokens[i * width + k]);
      fills[i].probabilities.push_back(share);
    }
  }
}

}  // namespace

std::vector<MaskFill> fill(const MaskedLm& model, const FillJob& job) {
  const c10::InferenceMode inference;
  const Encoder& encoder = model.encoder();
  const EncoderConfig& config = encoder.config();
  const Tensor banned = int_tensor(job.banned, encoder.device());
  const int64_t chunk = head_chunk(config.vocab_size);
  std::vector<size_t> order(job.sizes.size());
  std::iota(order.begin(), order.end(), 0);
  // Longest first: out of memory shows at once, equal lengths stand together.
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return job.sizes[a] > job.sizes[b];
  });
  std::vector<int64_t> sizes;
  for (const size_t row : order) sizes.push_back(job.sizes[row]);
  std::vector<MaskFill> all(order.size());
  in_batches(
      sizes,
      job.batch_tokens > 0 ? job.batch_tokens
                           : default_batch_tokens(encoder.device()),
      [&](size_t begin, size_t end) {
        std::vector<FillRow> rows;
        for (size_t i = begin; i < end; ++i) rows.push_back(job.row(order[i]));
        const Batch batch = batch_of(encoder, rows);
        const Tensor states =
            encoder
                .hidden_states(batch.rows, {}, {config.layers}, batch.scaled)[0]
                .index_select(0, batch.places);
        std::vector<MaskFill> found(rows.size());
        for (int64_t r = 0; r < states.size(0); r += chunk) {
          const int64_t some = std::min(chunk, states.size(0) - r);
          take(model, job, states.narrow(0, r, some),
               batch.own.narrow(0, r, some), banned, found.data() + r);
        }
        for (size_t i = begin; i < end; ++i) {
          all[order[i]] = std::move(found[i - begin]);
        }
      },
      job.progress);
  return all;
}

}  // namespace lethe
