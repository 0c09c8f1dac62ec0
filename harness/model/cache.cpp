#include "harness/model/cache.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cstring>

#include "harness/base/error.h"
#include "harness/tensor/compute.h"
#include "harness/tensor/ops.h"

namespace lethe {
namespace {

constexpr int64_t kGrow = 64;  // tokens by which suffix buffers grow

int64_t longest(const Ragged& rows) {
  int64_t most = 0;
  for (int64_t b = 0; b < rows.rows(); ++b) {
    most = std::max(most, rows.length(b));
  }
  return most;
}

// Row i is row from[i] of a buffer [B, KV, capacity, D]: the first `length`
// tokens, the rest is undefined. Beams move in every step, so each number is
// copied once.
Tensor moved_rows(const Tensor& buffer, const std::vector<int64_t>& from,
                  int64_t length) {
  const int64_t heads = buffer.size(1);
  const auto rows = static_cast<int64_t>(from.size());
  Tensor moved = at::empty({rows, heads, buffer.size(2), buffer.size(3)},
                           buffer.options());
  if (!buffer.is_cpu()) {
    moved.narrow(2, 0, length)
        .copy_(buffer.narrow(2, 0, length)
                   .index_select(0, int_tensor(from, buffer.device())));
    return moved;
  }
  const auto token =
      static_cast<size_t>(buffer.size(3)) * buffer.element_size();
  const size_t head = static_cast<size_t>(buffer.size(2)) * token;
  const size_t bytes = static_cast<size_t>(length) * token;
  const char* source = static_cast<const char*>(buffer.const_data_ptr());
  char* target = static_cast<char*>(moved.mutable_data_ptr());
  at::parallel_for(0, rows * heads, 64, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t old =
          from[static_cast<size_t>(i / heads)] * heads + i % heads;
      std::memcpy(target + static_cast<size_t>(i) * head,
                  source + static_cast<size_t>(old) * head, bytes);
    }
  });
  return moved;
}

}  // namespace

Ragged ragged(const std::vector<std::vector<int64_t>>& rows, at::Device device,
              const std::vector<int64_t>& start) {
  Ragged all;
  std::vector<int64_t> ids, positions;
  all.offsets.push_back(0);
  for (size_t b = 0; b < rows.size(); ++b) {
    const int64_t first = start.empty() ? 0 : start[b];
    for (size_t t = 0; t < rows[b].size(); ++t) {
      positions.push_back(first + static_cast<int64_t>(t));
    }
    ids.insert(ids.end(), rows[b].begin(), rows[b].end());
    all.offsets.push_back(static_cast<int64_t>(ids.size()));
  }
  all.ids = int_tensor(ids, device);
  all.positions = int_tensor(positions, device);
  return all;
}

Cache::Cache(const DecoderConfig& config) : layers_(config.layers) {
  keys_.resize(static_cast<size_t>(layers_));
  values_.resize(static_cast<size_t>(layers_));
}

void Cache::add_beside(const DecoderConfig& config) {
  beside_.assign(1, Cache(config));
}

Cache& Cache::beside() {
  beside_.front().keep = keep;
  return beside_.front();
}

int64_t Cache::depth(int64_t segment) const {
  int64_t tokens = 0;
  for (; segment >= 0; segment = segments_[segment].parent) {
    tokens += segments_[segment].length;
  }
  return tokens;
}

std::vector<int64_t> Cache::chain(int64_t segment) const {
  std::vector<int64_t> path;
  for (; segment >= 0; segment = segments_[segment].parent) {
    path.push_back(segment);
  }
  std::reverse(path.begin(), path.end());
  return path;
}

bool Cache::stacks(int64_t segment, int64_t next) const {
  const Segment &a = segments_[segment], &b = segments_[next];
  return a.block == b.block && a.place + 1 == b.place && a.parent == b.parent;
}

Tensor Cache::stacked_keys(int64_t first, int64_t count, int64_t layer) const {
  const Segment& segment = segments_[first];
  return blocks_[segment.block].keys[layer].narrow(0, segment.place, count);
}

Tensor Cache::stacked_values(int64_t first, int64_t count,
                             int64_t layer) const {
  const Segment& segment = segments_[first];
  return blocks_[segment.block].values[layer].narrow(0, segment.place, count);
}

Tensor Cache::pending_keys(int64_t layer, int64_t length) const {
  return keys_[layer].narrow(2, 0, length);
}

Tensor Cache::pending_values(int64_t layer, int64_t length) const {
  return values_[layer].narrow(2, 0, length);
}

void Cache::select_suffixes(const std::vector<int64_t>& from) {
  for (Cache& other : beside_) other.select_suffixes(from);
  if (length_ == 0) return;
  bool same = from.size() == start_.size();
  for (size_t i = 0; same && i < from.size(); ++i) {
    same = from[i] == static_cast<int64_t>(i);
  }
  if (same) return;
  for (auto* side : {&keys_, &values_}) {
    for (Tensor& buffer : *side) buffer = moved_rows(buffer, from, length_);
  }
  std::vector<int64_t> start;
  for (const int64_t row : from) start.push_back(start_[row]);
  start_ = std::move(start);
}

void Cache::clear_suffixes() {
  for (Cache& other : beside_) other.clear_suffixes();
  for (int64_t layer = 0; layer < layers_; ++layer) {
    keys_[layer] = values_[layer] = Tensor();
  }
  start_.clear();
  length_ = capacity_ = 0;
}

int64_t Cache::pending_length(const Ragged& rows) const {
  return length_ + longest(rows);
}

void Cache::store(const Ragged& rows, int64_t layer, const Tensor& keys,
                  const Tensor& values) {
  if (keep == Keep::segments) store_segments(rows, layer, keys, values);
  if (keep == Keep::suffixes) store_suffixes(rows, layer, keys, values);
}

void Cache::add_segments(const Ragged& rows) {
  last_.clear();
  pass_blocks_ = blocks_.size();
  for (int64_t b = 0; b < rows.rows(); ++b) {
    if (b == 0 || rows.length(b) != rows.length(b - 1)) {
      blocks_.push_back({b, 0, {}, {}});
    }
    last_.push_back(static_cast<int64_t>(segments_.size()));
    segments_.push_back({rows.parent(b), rows.length(b), blocks_.size() - 1,
                         blocks_.back().rows++});
  }
}

void Cache::store_segments(const Ragged& rows, int64_t layer,
                           const Tensor& keys, const Tensor& values) {
  if (layer == 0) add_segments(rows);
  for (size_t i = pass_blocks_; i < blocks_.size(); ++i) {
    Block& block = blocks_[i];
    const int64_t length = rows.length(block.first_row);
    const auto part = [&](const Tensor& side) {
      return side.narrow(0, rows.offsets[block.first_row], block.rows * length)
          .view({block.rows, length, side.size(1), side.size(2)})
          .transpose(1, 2)
          .contiguous();
    };
    block.keys.push_back(part(keys));
    block.values.push_back(part(values));
  }
}

void Cache::reserve(int64_t rows, int64_t length, const Tensor& like) {
  if (length <= capacity_) return;
  const int64_t capacity = length + std::max(kGrow, length / 2);
  for (auto* side : {&keys_, &values_}) {
    for (Tensor& buffer : *side) {
      Tensor grown = at::empty({rows, like.size(1), capacity, like.size(2)},
                               like.options());
      if (length_ > 0) {
        grown.narrow(2, 0, length_).copy_(buffer.narrow(2, 0, length_));
      }
      buffer = grown;
    }
  }
  capacity_ = capacity;
}

// Rows of the first pass may differ in length: they are aligned at their ends,
// so that every later token of a pass lies at the same place in all rows.
void Cache::store_suffixes(const Ragged& rows, int64_t layer,
                           const Tensor& keys, const Tensor& values) {
  const int64_t most = longest(rows);
  if (layer == 0) {
    reserve(rows.rows(), length_ + most, keys);
    if (length_ == 0) {
      start_.clear();
      for (int64_t b = 0; b < rows.rows(); ++b) {
        start_.push_back(most - rows.length(b));
      }
    }
  }
  const bool even = most * rows.rows() == rows.tokens();
  const auto put = [&](const Tensor& side, const Tensor& buffer) {
    if (even) {
      buffer.narrow(2, length_, most)
          .copy_(side.view({rows.rows(), most, side.size(1), side.size(2)})
                     .transpose(1, 2));
      return;
    }
    if (length_ > 0) {
      fail_runtime("cache", "rows of different length after the first pass",
                   "append the same number of tokens to every row");
    }
    buffer.narrow(2, length_, most).zero_();  // masked, but never NaN
    for (int64_t b = 0; b < rows.rows(); ++b) {
      const int64_t t = rows.length(b);
      buffer.select(0, b)
          .narrow(1, length_ + most - t, t)
          .copy_(side.narrow(0, rows.offsets[b], t).transpose(0, 1));
    }
  };
  put(keys, keys_[layer]);
  put(values, values_[layer]);
}

void Cache::advance(const Ragged& rows) {
  if (keep == Keep::suffixes) length_ += longest(rows);
}

}  // namespace lethe
