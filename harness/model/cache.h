// Rows of tokens without padding, and the keys and values they leave behind.
#pragma once

#include <cstdint>
#include <vector>

#include "harness/model/config.h"
#include "harness/tensor/tensor.h"

namespace lethe {

// B rows of tokens laid end to end: row b is ids[offsets[b] .. offsets[b+1]).
struct Ragged {
  Tensor ids;                    // [N] int64
  Tensor positions;              // [N] int64, each token's place in its text
  std::vector<int64_t> offsets;  // [B + 1]
  std::vector<int64_t> parents;  // [B] segments of the cache; empty: none
  // [M] int64, the tokens whose final states are asked for (none: [0]), in the
  // order of the answer; undefined: all of them. What only others need of the
  // last layer is left out.
  Tensor wanted;

  int64_t rows() const { return static_cast<int64_t>(offsets.size()) - 1; }
  int64_t length(int64_t b) const { return offsets[b + 1] - offsets[b]; }
  int64_t tokens() const { return offsets.back(); }
  int64_t parent(int64_t b) const {
    return parents.empty() ? -1 : parents[static_cast<size_t>(b)];
  }
};

// Rows that start at position `start[b]` (0 when empty).
Ragged ragged(const std::vector<std::vector<int64_t>>& rows, at::Device device,
              const std::vector<int64_t>& start = {});

// Keys and values of tokens already computed: a tree of immutable segments
// (prompts, few-shot blocks, question contexts) that rows name as parents, and
// one growing suffix a row. A beam reorder moves suffixes only; a segment is
// stored once however many rows continue it.
class Cache {
 public:
  // What a forward pass leaves in the cache.
  enum class Keep {
    nothing,   // rows are only read (choices of a question)
    segments,  // each row becomes a segment; last_segments() names them
    suffixes,  // each row's tokens are appended to its suffix
  };

  explicit Cache(const DecoderConfig& config);

  // Keeps a second model's keys and values of the same rows, too: its segments
  // and suffixes have the same numbers, and move as these do.
  void add_beside(const DecoderConfig& config);
  // That cache, with what this one keeps. REQUIRES: add_beside().
  Cache& beside();

  Keep keep = Keep::nothing;

  // Segments made by the last pass with Keep::segments, one a row.
  const std::vector<int64_t>& last_segments() const { return last_; }
  // Number of tokens in the segment and all its ancestors.
  int64_t depth(int64_t segment) const;
  // Root to leaf; empty for -1.
  std::vector<int64_t> chain(int64_t segment) const;
  // Whether `next` lies directly behind `segment` in memory, with the same
  // length and the same parent: rows of both are one batched product.
  bool stacks(int64_t segment, int64_t next) const;
  // Keys and values of `count` stacked segments from `first`,
  // [count, KV, T, D], without a copy.
  Tensor stacked_keys(int64_t first, int64_t count, int64_t layer) const;
  Tensor stacked_values(int64_t first, int64_t count, int64_t layer) const;

  // Suffixes: rows are aligned at their ends, row b is valid from
  // suffix_start()[b] to suffix_length(). Undefined before the first pass.
  bool has_suffixes() const { return length_ > 0; }
  int64_t suffix_length() const { return length_; }
  const std::vector<int64_t>& suffix_start() const { return start_; }
  // Row i of the suffixes becomes what row from[i] was: beams move, finished
  // rows leave. The number of rows may change.
  void select_suffixes(const std::vector<int64_t>& from);
  void clear_suffixes();

  // For the decoder: stores one layer's keys and values [N, KV, D].
  void store(const Ragged& rows, int64_t layer, const Tensor& keys,
             const Tensor& values);
  // For the decoder: ends a pass, after its last layer.
  void advance(const Ragged& rows);
  // For the decoder: length of the suffixes including the pass in progress,
  // and their keys and values [B, KV, length, D].
  int64_t pending_length(const Ragged& rows) const;
  Tensor pending_keys(int64_t layer, int64_t length) const;
  Tensor pending_values(int64_t layer, int64_t length) const;

 private:
  struct Segment {
    int64_t parent = -1;
    int64_t length = 0;
    size_t block = 0;
    int64_t place = 0;  // in the block
  };
  // Consecutive rows of one pass with equal lengths, in one piece of memory.
  struct Block {
    int64_t first_row = 0;
    int64_t rows = 0;
    std::vector<Tensor> keys, values;  // [layers] of [rows, KV, T, D]
  };

  void add_segments(const Ragged& rows);
  void store_segments(const Ragged& rows, int64_t layer, const Tensor& keys,
                      const Tensor& values);
  void store_suffixes(const Ragged& rows, int64_t layer, const Tensor& keys,
                      const Tensor& values);
  void reserve(int64_t rows, int64_t length, const Tensor& like);

  int64_t layers_;
  std::vector<Cache> beside_;  // none or one
  std::vector<Segment> segments_;
  std::vector<Block> blocks_;
  size_t pass_blocks_ = 0;  // first block of the last pass with segments
  std::vector<int64_t> last_;
  std::vector<Tensor> keys_, values_;  // [layers] of [B, KV, capacity, D]
  std::vector<int64_t> start_;
  int64_t length_ = 0;
  int64_t capacity_ = 0;
};

}  // namespace lethe
