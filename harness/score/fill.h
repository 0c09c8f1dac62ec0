// What may stand in places of many texts, batch by batch.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "harness/model/masked_lm.h"
#include "harness/plugin/mask_filler.h"

namespace lethe {

// A text that is read for one of its places.
struct FillRow {
  std::vector<int64_t> ids;    // special tokens included
  int64_t at = 0;              // the place
  std::vector<float> factors;  // [E], of its word embedding; empty: as it is
};

struct FillJob {
  std::vector<int64_t> sizes;          // tokens of every row
  std::function<FillRow(size_t)> row;  // made when its batch is computed
  std::vector<int64_t> banned;         // ids that are no candidates
  int64_t candidates = 6;              // besides the place's own token
  int64_t batch_tokens = 0;            // tokens a batch; 0: for the device
  // Called with the number of tokens computed, after every batch.
  std::function<void(int64_t tokens)> progress;
};

// The fills of every row, in order; only the places meet the head. Running out
// of memory halves the batch. Throws: input error when a row is longer than the
// window or has ids that the model does not; runtime error when one row alone
// does not fit.
std::vector<MaskFill> fill(const MaskedLm& model, const FillJob& job);

}  // namespace lethe
