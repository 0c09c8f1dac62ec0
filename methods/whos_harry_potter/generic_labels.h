// Generic labels: what a model that never read a text would say in its place.
//
//   v = v_baseline - alpha max(v_reinforced - v_baseline, 0)
//   label = argmax v
//
// v_reinforced: logits, before a token of the text, of the model trained
// further on it; v_baseline: of the model itself, before the same place of the
// text's translation, in which the anchors are replaced by generic terms.
// Paper: Eldan and Russinovich 2023, arXiv:2310.02238, section 2.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "harness/model/model.h"

namespace lethe {

// v [n, V] of logits [n, V]; same dtype. With alpha 0: the baseline's.
Tensor generic_logits(const Tensor& baseline, const Tensor& reinforced,
                      double alpha);

// One block of text.
struct GenericBlock {
  std::vector<int64_t> ids;         // T tokens, leading specials included
  std::vector<int64_t> translated;  // of its translation
  // [T] the place in `translated` at which the baseline is asked for a label
  // of ids[t]; -1: there is no label. REQUIRES: of both places > 0.
  std::vector<int64_t> places;
  // Tokens whose logits are lowered from a place t on: the translations of
  // anchors that stand before it. {t, token id}.
  std::vector<std::pair<int64_t, int64_t>> lowered;
};

struct GenericLabel {
  int64_t id = -1;         // -1: none
  double probability = 0;  // of `id` for the baseline, behind the translation
};

struct GenericOptions {
  double alpha = 5;    // how far what the reinforced model raises is lowered
  double penalty = 5;  // what `lowered` tokens lose, in logits
  std::vector<int64_t> everywhere = {};  // tokens that every place loses
  double everywhere_penalty = 0;         // that much of, in logits
  // Ids below it are labels: output layers often have more rows than there are
  // tokens. 0: all.
  int64_t tokens = 0;
};

// [T] labels of every block, by the two models. `reinforced` may be null: then
// alpha is nothing. Rows are read together up to a budget of tokens, logits are
// formed in chunks: no block [T, V] of all places exists. Costs a forward pass
// of each model over its texts.
std::vector<std::vector<GenericLabel>> generic_labels(
    const Model& baseline, const Model* reinforced,
    const std::vector<GenericBlock>& blocks, const GenericOptions& options);

}  // namespace lethe
