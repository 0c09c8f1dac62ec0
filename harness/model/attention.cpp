#include "harness/model/attention.h"

#include <limits>

#include "harness/tensor/ops.h"

namespace lethe {
namespace {

// Consecutive rows of the same length: one batched product. They have no
// parent, or `groups` stacked segments as parents, with as many rows each.
struct Run {
  int64_t first;   // row
  int64_t rows;    // R, of all groups
  int64_t length;  // t new tokens a row
  int64_t parent;  // the first; -1: none
  int64_t groups = 1;

  int64_t end() const { return first + rows; }
  bool same_parent(const Run& next) const {
    return length == next.length && parent == next.parent;
  }
};

// Runs of one parent each.
std::vector<Run> single_runs(const Ragged& rows) {
  std::vector<Run> runs;
  for (int64_t b = 0; b < rows.rows(); ++b) {
    const Run row{b, 1, rows.length(b), rows.parent(b)};
    if (row.length == 0) continue;
    if (!runs.empty() && runs.back().same_parent(row) &&
        runs.back().end() == b) {
      ++runs.back().rows;
    } else {
      runs.push_back(row);
    }
  }
  return runs;
}

std::vector<Run> runs_of(const Ragged& rows, const Cache* cache) {
  std::vector<Run> runs;
  for (const Run& next : single_runs(rows)) {
    Run* last = runs.empty() ? nullptr : &runs.back();
    const bool stacked =
        last != nullptr && last->parent >= 0 && next.parent >= 0 &&
        last->end() == next.first && last->length == next.length &&
        last->rows == next.rows * last->groups &&
        cache->stacks(last->parent + last->groups - 1, next.parent);
    if (stacked) {
      last->rows += next.rows;
      ++last->groups;
    } else {
      runs.push_back(next);
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

// Rows that continue segments: the scores over every segment of the chain and
// over the row's own keys share one softmax. P groups of R rows continue P
// stacked segments; what lies above those is shared by all. Scores, their
// softmax and the mixed values are laid out [P KV, G R t, *].
class SharedAttention {
 public:
  SharedAttention(const Run& run, const Tensor& query, int64_t kv_heads)
      : P_(run.groups),
        R_(run.rows / run.groups),
        t_(run.length),
        KV_(kv_heads),
        G_(query.size(1) / kv_heads),
        D_(query.size(3)),
        grouped_(query.reshape({P_, R_, KV_, G_, t_, D_})) {}

  // Over the keys [P, KV, s, D] of the groups' own parents.
  Tensor stacked_scores(const Tensor& key) const {
    const Tensor queries = grouped_.permute({0, 2, 3, 1, 4, 5})
                               .reshape({P_ * KV_, G_ * R_ * t_, D_});
    return at::bmm(queries, flat(key).transpose(1, 2));
  }
  Tensor stacked_mix(const Tensor& probs, const Tensor& value) const {
    return at::bmm(probs, flat(value));
  }

  // Over keys [KV, s, D] that all groups share.
  Tensor shared_scores(const Tensor& key) const {
    const Tensor queries = grouped_.permute({2, 3, 0, 1, 4, 5})
                               .reshape({KV_, G_ * P_ * R_ * t_, D_});
    return to_groups(at::bmm(queries, key.transpose(1, 2)));
  }
  Tensor shared_mix(const Tensor& probs, const Tensor& value) const {
    const Tensor all = probs.reshape({P_, KV_, G_, R_, t_, probs.size(2)})
                           .permute({1, 2, 0, 3, 4, 5})
                           .reshape({KV_, G_ * P_ * R_ * t_, probs.size(2)});
    return to_groups(at::bmm(all, value));
  }

  // Over each row's own keys [P R, KV, s, D].
  Tensor own_scores(const Tensor& key) const {
    const int64_t s = key.size(2);
    const Tensor queries = grouped_.reshape({P_ * R_ * KV_, G_ * t_, D_});
    const Tensor keys = key.reshape({P_ * R_ * KV_, s, D_});
    return from_rows(at::bmm(queries, keys.transpose(1, 2)));
  }
  Tensor own_mix(const Tensor& probs, const Tensor& value) const {
    const int64_t s = value.size(2);
    const Tensor p = probs.reshape({P_, KV_, G_, R_, t_, s})
                         .permute({0, 3, 1, 2, 4, 5})
                         .reshape({P_ * R_ * KV_, G_ * t_, s});
    return from_rows(at::bmm(p, value.reshape({P_ * R_ * KV_, s, D_})));
  }

  // `mask` is [t, s] or [P R, 1, t, s].
  Tensor masked(const Tensor& scores, const Tensor& mask) const {
    if (!mask.defined()) return scores;
    const int64_t s = scores.size(2);
    const Tensor wide = mask.dim() == 2 ? mask.view({1, 1, 1, 1, t_, s})
                                        : mask.view({P_, 1, 1, R_, t_, s});
    return (scores.view({P_, KV_, G_, R_, t_, s}) + wide).view_as(scores);
  }

  // [P R, heads, t, D].
  Tensor result(const Tensor& mixed) const {
    return mixed.view({P_, KV_, G_, R_, t_, D_})
        .permute({0, 3, 1, 2, 4, 5})
        .reshape({P_ * R_, KV_ * G_, t_, D_});
  }

 private:
  Tensor flat(const Tensor& stack) const {  // a view: stacks are contiguous
    return stack.view({P_ * KV_, stack.size(2), D_});
  }
  Tensor to_groups(const Tensor& shared) const {
    return shared.view({KV_, G_, P_, R_, t_, shared.size(2)})
        .permute({2, 0, 1, 3, 4, 5})
        .reshape({P_ * KV_, G_ * R_ * t_, shared.size(2)});
  }
  Tensor from_rows(const Tensor& own) const {
    return own.view({P_, R_, KV_, G_, t_, own.size(2)})
        .permute({0, 2, 3, 1, 4, 5})
        .reshape({P_ * KV_, G_ * R_ * t_, own.size(2)});
  }

  const int64_t P_, R_, t_, KV_, G_, D_;
  const Tensor grouped_;  // [P, R, KV, G, t, D]
};

struct OwnKeys {
  Tensor key, value;  // [R, KV, s, D]
  Tensor mask;
};

Tensor attend_shared(const Run& run, const Tensor& query, const OwnKeys& own,
                     const Cache& cache, int64_t layer) {
  const SharedAttention shape(run, query, own.key.size(1));
  std::vector<int64_t> above = cache.chain(run.parent);
  above.pop_back();  // the parent itself
  std::vector<Tensor> scores;
  for (const int64_t s : above) {
    scores.push_back(
        shape.shared_scores(cache.stacked_keys(s, 1, layer).squeeze(0)));
  }
  scores.push_back(
      shape.stacked_scores(cache.stacked_keys(run.parent, run.groups, layer)));
  scores.push_back(shape.masked(shape.own_scores(own.key), own.mask));
  std::vector<int64_t> widths;
  for (const Tensor& part : scores) widths.push_back(part.size(2));
  const Tensor probs =
      at::softmax(at::cat(scores, -1), -1, at::kFloat).to(query.scalar_type());
  const std::vector<Tensor> parts = probs.split_with_sizes(widths, -1);
  Tensor mixed = shape.own_mix(parts.back(), own.value);
  mixed = mixed + shape.stacked_mix(
                      parts[above.size()],
                      cache.stacked_values(run.parent, run.groups, layer));
  for (size_t i = 0; i < above.size(); ++i) {
    mixed = mixed +
            shape.shared_mix(
                parts[i], cache.stacked_values(above[i], 1, layer).squeeze(0));
  }
  return shape.result(mixed);
}

}  // namespace

Tensor attend(const Ragged& rows, const AttentionInput& input,
              const Cache* cache, int64_t layer) {
  const bool suffixes = cache != nullptr && cache->has_suffixes();
  const std::vector<int64_t> no_start;
  std::vector<Tensor> outputs;
  for (const Run& run : runs_of(rows, cache)) {
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
      output = attend_shared(run, query * input.scale, own, *cache, layer);
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
