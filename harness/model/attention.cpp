#include "harness/model/attention.h"

#include <algorithm>
#include <limits>

#include "harness/model/shared_attention.h"
#include "harness/tensor/compute.h"
#include "harness/tensor/last_query.h"
#include "harness/tensor/ops.h"
#include "harness/tensor/row_attention.h"

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

constexpr double kMinus = -std::numeric_limits<double>::infinity();

// Additive mask [t, s] or [R, 1, t, s]: new token i sees the keys up to its own
// and no more than `window` of them; keys before a row's start are padding.
// Undefined when all is seen.
Tensor own_mask(const Run& run, int64_t keys, const std::vector<int64_t>& start,
                int64_t window, const Tensor& like) {
  Tensor mask;
  const int64_t before = keys - run.length;  // keys of earlier passes
  if (run.length > 1) {
    mask =
        at::full({run.length, keys}, kMinus, like.options()).triu(before + 1);
  }
  if (window > 0 && keys > window) {
    const Tensor far = at::full({run.length, keys}, kMinus, like.options())
                           .tril(before - window);
    mask = mask.defined() ? mask + far : far;
  }
  bool ragged_start = false;
  for (int64_t r = 0; r < run.rows && !start.empty(); ++r) {
    ragged_start = ragged_start || start[run.first + r] > 0;
  }
  if (!ragged_start) return mask;
  Tensor padding = at::zeros({run.rows, 1, run.length, keys}, like.options());
  for (int64_t r = 0; r < run.rows; ++r) {
    const int64_t first = start[run.first + r];
    if (first > 0) padding[r].narrow(-1, 0, first).fill_(kMinus);
  }
  return mask.defined() ? padding + mask : padding;
}

// Which keys of a segment lie in the window: additive [R, 1, t, s], undefined
// when all do. The segment's last key is `gap` tokens before the end of the
// row's chain, and the row's first new token `own_before` tokens after it.
Tensor segment_mask(const Run& run, int64_t length, int64_t gap,
                    const std::vector<int64_t>& own_before, int64_t window,
                    const Tensor& like) {
  if (window == 0) return Tensor();
  const int64_t most = *std::max_element(own_before.begin(), own_before.end());
  if (most + run.length + gap + length <= window) return Tensor();
  const auto options = at::TensorOptions(like.device()).dtype(at::kLong);
  // Distance of query i of a row to key j: before + i + 1 + gap + (length-1-j).
  const Tensor query = int_tensor(own_before, like.device()).unsqueeze(1) +
                       at::arange(run.length, options).unsqueeze(0);
  const Tensor key = gap + length - at::arange(length, options);
  const Tensor far = query.unsqueeze(2) + key.view({1, 1, length}) >= window;
  return at::zeros(far.sizes(), like.options())
      .masked_fill(far, kMinus)
      .unsqueeze(1);
}

// What a run attends to beside its segments.
struct OwnKeys {
  Tensor key, value;  // [R, KV, s, D]
  Tensor mask;
  std::vector<int64_t> before;  // a row's own tokens of earlier passes
  std::vector<int64_t> first;   // seen of one query's keys, instead of a mask
};

// How a run is computed: by the library's fused kernel, by our own where each
// row has one query, or with scores written out.
enum class Form { fused, one_query, parts };

bool records_gradients(const AttentionInput& input) {
  return at::GradMode::is_enabled() &&
         (input.query.requires_grad() || input.key.requires_grad() ||
          input.value.requires_grad());
}

Form form_of(const Run& run, const AttentionInput& input) {
  if (run.parent >= 0 || input.softcap != 0) return Form::parts;
  const bool one = run.length == 1 && input.causal && !input.bias &&
                   last_query_fits(input.query) && !records_gradients(input);
  return one ? Form::one_query : Form::fused;
}

// Rows without parents: the library's fused kernel.
Tensor attend_fused(const Run& run, const Tensor& query, const OwnKeys& own,
                    const AttentionInput& input) {
  const bool causal = input.causal && !own.mask.defined() && run.length > 1 &&
                      own.key.size(2) == run.length;
  const bool grouped = query.size(1) != own.key.size(1);
  return at::scaled_dot_product_attention(
      query, own.key, own.value,
      own.mask.defined() ? std::optional<Tensor>(own.mask) : std::nullopt, 0.0,
      causal, input.scale, grouped);
}

// The first key that each row of a run sees of its own `keys`.
std::vector<int64_t> first_keys(const Run& run, int64_t keys,
                                const std::vector<int64_t>& start,
                                int64_t window) {
  const int64_t far = window > 0 ? std::max<int64_t>(keys - window, 0) : 0;
  std::vector<int64_t> first(static_cast<size_t>(run.rows), far);
  for (int64_t r = 0; r < run.rows && !start.empty(); ++r) {
    first[r] = std::max(start[run.first + r], far);
  }
  return first;
}

// One piece of what a run sees.
struct Part {
  enum class Kind { shared, stacked, own } kind;
  Tensor key, value, mask;
};

// The segments of the run's parents, root first, then its own keys.
std::vector<Part> parts_of(const Run& run, const OwnKeys& own,
                           const AttentionInput& input, const Cache* cache,
                           int64_t layer) {
  std::vector<Part> parts;
  if (run.parent >= 0) {
    int64_t gap = cache->depth(run.parent);
    for (const int64_t s : cache->chain(run.parent)) {
      const bool leaf = s == run.parent;
      Part part{leaf ? Part::Kind::stacked : Part::Kind::shared,
                cache->stacked_keys(s, leaf ? run.groups : 1, layer),
                cache->stacked_values(s, leaf ? run.groups : 1, layer),
                Tensor()};
      const int64_t length = part.key.size(2);
      gap -= length;
      part.mask =
          segment_mask(run, length, gap, own.before, input.window, part.key);
      parts.push_back(std::move(part));
    }
  }
  parts.push_back({Part::Kind::own, own.key, own.value, own.mask});
  return parts;
}

// Scores written out: for rows that continue segments, and for soft caps.
Tensor attend_parts(const Run& run, const Tensor& query, const OwnKeys& own,
                    const AttentionInput& input, const Cache* cache,
                    int64_t layer) {
  const SharedAttention shape(run.groups, query * input.scale, own.key.size(1));
  const std::vector<Part> parts = parts_of(run, own, input, cache, layer);
  std::vector<Tensor> scores;
  std::vector<int64_t> widths;
  for (const Part& part : parts) {
    const Tensor raw = part.kind == Part::Kind::own ? shape.own_scores(part.key)
                       : part.kind == Part::Kind::stacked
                           ? shape.stacked_scores(part.key)
                           : shape.shared_scores(part.key.squeeze(0));
    scores.push_back(shape.masked(raw, part.mask, input.softcap));
    widths.push_back(raw.size(2));
  }
  const Tensor probs =
      at::softmax(at::cat(scores, -1), -1, at::kFloat).to(query.scalar_type());
  const std::vector<Tensor> shares = probs.split_with_sizes(widths, -1);
  Tensor mixed = shape.own_mix(shares.back(), parts.back().value);
  for (size_t i = 0; i + 1 < parts.size(); ++i) {
    mixed =
        mixed + (parts[i].kind == Part::Kind::stacked
                     ? shape.stacked_mix(shares[i], parts[i].value)
                     : shape.shared_mix(shares[i], parts[i].value.squeeze(0)));
  }
  return shape.result(mixed);
}

// The run's own keys and values: new ones, or its whole suffixes. The fused
// kernel knows the causal mask of a text from its start by itself.
OwnKeys own_keys(const Ragged& rows, const Run& run, Form form,
                 const AttentionInput& input, const Cache* cache,
                 int64_t layer) {
  OwnKeys own{batched(rows, run, input.key),
              batched(rows, run, input.value),
              Tensor(),
              std::vector<int64_t>(run.rows, 0),
              {}};
  std::vector<int64_t> start;
  if (cache != nullptr && cache->has_suffixes()) {
    const int64_t s = cache->pending_length(rows);
    own.key = cache->pending_keys(layer, s).narrow(0, run.first, run.rows);
    own.value = cache->pending_values(layer, s).narrow(0, run.first, run.rows);
    start = cache->suffix_start();
    for (int64_t r = 0; r < run.rows; ++r) {
      own.before[r] = s - run.length - start[run.first + r];
    }
  }
  const int64_t keys = own.key.size(2);
  if (form == Form::one_query) {
    own.first = first_keys(run, keys, start, input.window);
    return own;
  }
  const bool plain =  // the fused kernel needs no mask
      keys == run.length && (input.window == 0 || keys <= input.window);
  if (input.causal && (form == Form::parts || !plain)) {
    own.mask = own_mask(run, keys, start, input.window, input.query);
  }
  return own;
}

// [R t, heads * D] of a run.
Tensor attend_run(const Ragged& rows, const Run& run,
                  const AttentionInput& input, const Cache* cache,
                  int64_t layer) {
  const Tensor query = batched(rows, run, input.query);
  const Form form = form_of(run, input);
  OwnKeys own = own_keys(rows, run, form, input, cache, layer);
  if (input.bias) own.mask = input.bias(query, own.key);
  const Tensor output =
      form == Form::fused ? attend_fused(run, query, own, input)
      : form == Form::parts
          ? attend_parts(run, query, own, input, cache, layer)
          : attend_last_queries(query.squeeze(2), own.key, own.value, own.first,
                                input.scale)
                .unsqueeze(2);
  return output.transpose(1, 2).reshape(
      {run.rows * run.length, query.size(1) * query.size(3)});
}

// Whether a run's rows see nothing but themselves, and are computed beside
// those of other lengths.
bool is_whole(const Run& run, const AttentionInput& input, const Cache* cache) {
  return run.parent < 0 && input.softcap == 0 && !input.bias &&
         (cache == nullptr || !cache->has_suffixes()) &&
         row_attention_fits(input.query, run.length) &&
         !records_gradients(input);
}

}  // namespace

Tensor attend(const Ragged& rows, const AttentionInput& input,
              const Cache* cache, int64_t layer) {
  const std::vector<Run> runs = runs_of(rows, cache);
  const int64_t width = input.query.size(1) * input.query.size(2);
  std::vector<Run> left;
  std::vector<std::pair<int64_t, int64_t>> whole;
  for (const Run& run : runs) {
    if (!is_whole(run, input, cache)) {
      left.push_back(run);
      continue;
    }
    for (int64_t b = run.first; b < run.end(); ++b) {
      whole.emplace_back(rows.offsets[b], rows.offsets[b + 1]);
    }
  }
  if (left.size() == 1 && whole.empty()) {
    return attend_run(rows, left.front(), input, cache, layer);
  }
  if (whole.empty()) {
    std::vector<Tensor> outputs;
    for (const Run& run : left) {
      outputs.push_back(attend_run(rows, run, input, cache, layer));
    }
    return at::cat(outputs, 0);
  }
  const Tensor all =
      at::empty({input.query.size(0), width}, input.query.options());
  attend_rows({input.query, input.key, input.value, input.scale, input.causal,
               input.window},
              whole, all);
  for (const Run& run : left) {
    all.narrow(0, rows.offsets[run.first], run.rows * run.length)
        .copy_(attend_run(rows, run, input, cache, layer));
  }
  return all;
}

}  // namespace lethe
