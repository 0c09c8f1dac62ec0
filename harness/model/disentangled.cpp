#include "harness/model/disentangled.h"

#include "harness/tensor/ops.h"

namespace lethe {
namespace {

// Distances up to `middle` have a bucket each, then logarithmic ones. Float32
// in the order of the released code: a distance on the edge of two buckets
// falls to the same side.
Tensor bucketed(const Tensor& distance, int64_t middle, int64_t farthest) {
  const Tensor far = distance.abs();
  const auto middle_value = static_cast<double>(middle);
  const Tensor whole = at::log(at::scalar_tensor(
      static_cast<double>(farthest - 1) / middle_value, at::kFloat));
  const Tensor steps =
      at::ceil(at::log(far.clamp_min(middle).to(at::kFloat) / middle_value) /
               whole * static_cast<double>(middle - 1)) +
      middle_value;
  return at::where(far <= middle, distance,
                   steps.to(at::kLong) * distance.sign());
}

// [R, heads, T, D] and [heads, C, D] as [R, heads, T, C].
Tensor against_table(const Tensor& content, const Tensor& places) {
  const int64_t rows = content.size(0), heads = content.size(1);
  const int64_t length = content.size(2), size = content.size(3);
  const Tensor by_head =
      content.transpose(0, 1).reshape({heads, rows * length, size});
  return at::bmm(by_head, places.transpose(1, 2))
      .view({heads, rows, length, places.size(1)})
      .transpose(0, 1);
}

}  // namespace

Tensor distance_rows(const RelativeAttention& relative, int64_t length,
                     at::Device device) {
  Tensor distance = at::arange(1 - length, length, at::kLong);
  if (relative.buckets) {
    distance = bucketed(distance, relative.span / 2, relative.farthest);
  }
  return (distance + relative.span).clamp(0, 2 * relative.span - 1).to(device);
}

Distances::Distances(const RelativeAttention& relative, int64_t longest,
                     const Tensor& table)
    : longest_(longest), rows_(distance_rows(relative, longest, at::kCPU)) {
  const auto first = rows_[0].item<int64_t>();
  const auto last = rows_[-1].item<int64_t>();
  rows_ = (rows_ - first).to(table.device());
  table_ = table.narrow(0, first, last - first + 1);
}

const Tensor& Distances::index(int64_t length) const {
  Tensor& index = index_[length];
  if (!index.defined()) {
    const Tensor place = at::arange(length, rows_.options());
    const Tensor distance =
        place.unsqueeze(1) - place.unsqueeze(0) + (longest_ - 1);
    index = rows_.index_select(0, distance.view({-1})).view({length, length});
  }
  return index;
}

Tensor distance_scores(const Distances& distances, const Tensor& query,
                       const Tensor& key, const Tensor& place_keys,
                       const Tensor& place_queries, double scale) {
  const int64_t length = query.size(2);
  const Tensor index = distances.index(length).expand(
      {query.size(0), query.size(1), length, length});
  Tensor scores;
  if (place_keys.defined()) {
    scores = against_table(query, place_keys).gather(-1, index);
  }
  if (place_queries.defined()) {
    const Tensor across = against_table(key, place_queries)
                              .gather(-1, index.transpose(-1, -2))
                              .transpose(-1, -2);
    scores = scores.defined() ? scores + across : across;
  }
  return (scores * scale).contiguous();
}

}  // namespace lethe
