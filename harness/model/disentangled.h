// Scores between contents and distances, as DeBERTa adds them to those between
// contents.
//
//   score(q, k) = (Q_q K_k + Q_q PK_d + K_k PQ_d) / sqrt(parts D),  d = q - k
//
// Q_q PK_d is "c2p", K_k PQ_d is "p2c"; PK and PQ are projections of a table
// with a row for each distance, or for each bucket of distances.
//
// Paper: He et al. 2021, arXiv:2006.03654, section 3; buckets as in the
// released DeBERTa-v2, arXiv:2111.09543.
#pragma once

#include <map>

#include "harness/model/encoder_config.h"
#include "harness/tensor/tensor.h"

namespace lethe {

// The rows of the table that the distances 1 - length .. length - 1 use:
// [2 length - 1] int64, ascending, each in 0 .. 2 span - 1.
Tensor distance_rows(const RelativeAttention& relative, int64_t length,
                     at::Device device);

// The distances of one pass. Only the rows of the table that its longest text
// uses are projected.
class Distances {
 public:
  // `table` [2 span, H].
  Distances(const RelativeAttention& relative, int64_t longest,
            const Tensor& table);

  // [C, H]: the rows in use.
  const Tensor& table() const { return table_; }
  // [T, T] int64: the row of table() for query q and key k of a text.
  const Tensor& index(int64_t length) const;

 private:
  int64_t longest_;
  Tensor rows_;  // of the longest text's distances, in table_
  Tensor table_;
  mutable std::map<int64_t, Tensor> index_;  // by length
};

// [R, heads, T, T]: the terms with distances, times `scale`. Queries and keys
// [R, heads, T, D]; `place_keys` and `place_queries` are projections of
// table(), [heads, C, D], or undefined: without that term.
Tensor distance_scores(const Distances& distances, const Tensor& query,
                       const Tensor& key, const Tensor& place_keys,
                       const Tensor& place_queries, double scale);

}  // namespace lethe
