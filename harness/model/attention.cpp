#include "harness/model/attention.h"

#include <limits>

#include "harness/tensor/ops.h"

namespace lethe {
namespace {

// Consecutive rows of the same length and parent: one batched product.
struct Run {
  int64_t first;   // row
  int64_t rows;    // R
  int64_t length;  // t new tokens a row
  int64_t parent;
};

std::vector<Run> runs_of(const Ragged& rows) {
  std::vector<Run> runs;
  for (int64_t b = 0; b < rows.rows(); ++b) {
    const int64_t length = rows.length(b), parent = rows.parent(b);
    if (length == 0) continue;
    if (!runs.empty() && runs.back().length == length &&
        runs.back().parent == parent &&
        runs.back().first + runs.back().rows == b) {
      ++runs.back().rows;
    } else {
      runs.push_back({b, 1, length, parent});
    }
  }
  return runs;
}

// [R, heads, t, D] view of a run's part of [N, heads, D].
Tensor batched(const Ragged& rows, const Run& run, const Tensor& side) {
  return side.narrow(0, rows.offsets[run.first], run.rows * run.length)
      .view({run.rows, run.length, side.size(1), side.size(2)})
      .transpose(1, 2);
}

// Additive mask [t, s] or [R, 1, t, s]: new token i sees the keys up to its
// own; keys before a row's start are padding. Undefined when all is seen.
Tensor own_mask(const Run& run, int64_t keys, const std::vector<int64_t>& start,
                const Tensor& like) {
  Tensor mask;
  const double minus = -std::numeric_limits<double>::infinity();
  if (run.length > 1) {
    mask = at::full({run.length, keys}, minus, like.options())
               .triu(keys - run.length + 1);
  }
  bool ragged_start = false;
  for (int64_t r = 0; r < run.rows && !start.empty(); ++r) {
    ragged_start = ragged_start || start[run.first + r] > 0;
  }
  if (!ragged_start) return mask;
  Tensor padding = at::zeros({run.rows, 1, run.length, keys}, like.options());
  for (int64_t r = 0; r < run.rows; ++r) {
    const int64_t first = start[run.first + r];
    if (first > 0) padding[r].narrow(-1, 0, first).fill_(minus);
  }
  return mask.defined() ? padding + mask : padding;
}

// Rows without parents: the library's fused kernel.
Tensor attend_own(const Run& run, const Tensor& query, const Tensor& key,
                  const Tensor& value, const Tensor& mask, double scale) {
  const bool causal = !mask.defined() && run.length > 1;
  const bool grouped = query.size(1) != key.size(1);
  return at::scaled_dot_product_attention(
      query, key, value,
      mask.defined() ? std::optional<Tensor>(mask) : std::nullopt, 0.0, causal,
      scale, grouped);
}

// Rows that continue segments: the scores over every segment of the chain (one
// product for all rows) and over the row's own keys share one softmax.
class SharedAttention {
 public:
  SharedAttention(const Run& run, const Tensor& query, int64_t kv_heads)
      : R_(run.rows),
        t_(run.length),
        KV_(kv_heads),
        G_(query.size(1) / kv_heads),
        D_(query.size(3)),
        grouped_(query.reshape({R_, KV_, G_, t_, D_})) {}

  // [KV, G R t, D]: the queries of all rows over shared keys.
  Tensor shared_queries() const {
    return grouped_.permute({1, 2, 0, 3, 4}).reshape({KV_, G_ * R_ * t_, D_});
  }

  // Scores [KV, G R t, s] over each row's own keys [R, KV, s, D].
  Tensor own_scores(const Tensor& key) const {
    const int64_t s = key.size(2);
    const Tensor queries = grouped_.reshape({R_ * KV_, G_ * t_, D_});
    const Tensor keys = key.reshape({R_ * KV_, s, D_});
    return at::bmm(queries, keys.transpose(1, 2))
        .view({R_, KV_, G_, t_, s})
        .permute({1, 2, 0, 3, 4})
        .reshape({KV_, G_ * R_ * t_, s});
  }

  // `mask` is [t, s] or [R, 1, t, s].
  Tensor masked(const Tensor& scores, const Tensor& mask) const {
    if (!mask.defined()) return scores;
    const int64_t s = scores.size(2);
    const Tensor wide = mask.dim() == 2 ? mask.view({1, 1, 1, t_, s})
                                        : mask.view({1, 1, R_, t_, s});
    return (scores.view({KV_, G_, R_, t_, s}) + wide).view_as(scores);
  }

  // [KV, G R t, D] of probabilities over own values [R, KV, s, D].
  Tensor own_values(const Tensor& probs, const Tensor& value) const {
    const int64_t s = value.size(2);
    const Tensor p = probs.reshape({KV_, G_, R_, t_, s})
                         .permute({2, 0, 1, 3, 4})
                         .reshape({R_ * KV_, G_ * t_, s});
    return at::bmm(p, value.reshape({R_ * KV_, s, D_}))
        .view({R_, KV_, G_, t_, D_})
        .permute({1, 2, 0, 3, 4})
        .reshape({KV_, G_ * R_ * t_, D_});
  }

  // [R, heads, t, D].
  Tensor result(const Tensor& mixed) const {
    return mixed.view({KV_, G_, R_, t_, D_})
        .permute({2, 0, 1, 3, 4})
        .reshape({R_, KV_ * G_, t_, D_});
  }

 private:
  const int64_t R_, t_, KV_, G_, D_;
  const Tensor grouped_;  // [R, KV, G, t, D]
};

struct OwnKeys {
  Tensor key, value;  // [R, KV, s, D]
  Tensor mask;
};

Tensor attend_shared(const Run& run, const Tensor& query, const OwnKeys& own,
                     const std::vector<std::pair<Tensor, Tensor>>& segments,
                     double scale) {
  const SharedAttention shape(run, query * scale, own.key.size(1));
  const Tensor queries = shape.shared_queries();
  std::vector<Tensor> scores;
  std::vector<int64_t> widths;
  for (const auto& [key, value] : segments) {
    scores.push_back(at::bmm(queries, key.transpose(1, 2)));
    widths.push_back(key.size(1));
  }
  scores.push_back(shape.masked(shape.own_scores(own.key), own.mask));
  widths.push_back(own.key.size(2));
  const Tensor probs =
      at::softmax(at::cat(scores, -1), -1, at::kFloat).to(query.scalar_type());
  const std::vector<Tensor> parts = probs.split_with_sizes(widths, -1);
  Tensor mixed = shape.own_values(parts.back(), own.value);
  for (size_t i = 0; i < segments.size(); ++i) {
    mixed = mixed + at::bmm(parts[i], segments[i].second);
  }
  return shape.result(mixed);
}

}  // namespace

Tensor attend(const Ragged& rows, const AttentionInput& input,
              const Cache* cache, int64_t layer) {
  const bool suffixes = cache != nullptr && cache->has_suffixes();
  const std::vector<int64_t> no_start;
  std::vector<Tensor> outputs;
  for (const Run& run : runs_of(rows)) {
    const Tensor query = batched(rows, run, input.query);
    OwnKeys own{batched(rows, run, input.key), batched(rows, run, input.value),
                Tensor()};
    if (suffixes) {
      const int64_t s = cache->pending_length(rows);
      own.key = cache->pending_keys(layer, s).narrow(0, run.first, run.rows);
      own.value =
          cache->pending_values(layer, s).narrow(0, run.first, run.rows);
    }
    const bool shared = run.parent >= 0;
    if (shared || suffixes) {
      own.mask = own_mask(run, own.key.size(2),
                          suffixes ? cache->suffix_start() : no_start, query);
    }
    Tensor output;
    if (shared) {
      std::vector<std::pair<Tensor, Tensor>> segments;
      for (const int64_t s : cache->chain(run.parent)) {
        segments.emplace_back(cache->segment_keys(s, layer),
                              cache->segment_values(s, layer));
      }
      output = attend_shared(run, query, own, segments, input.scale);
    } else {
      output =
          attend_own(run, query, own.key, own.value, own.mask, input.scale);
    }
    outputs.push_back(output.transpose(1, 2).reshape(
        {run.rows * run.length, query.size(1) * query.size(3)}));
  }
  return outputs.size() == 1 ? outputs.front() : at::cat(outputs, 0);
}

}  // namespace lethe
