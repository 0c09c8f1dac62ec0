// Which texts begin alike: their common tokens are computed once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace lethe {

// Tokens that a model reads; the first `shareable` of them may be computed
// together with those of other texts.
struct PrefixText {
  const int64_t* ids = nullptr;
  int64_t size = 0;
  int64_t shareable = 0;
};

// A node is a segment, tokens [begin, end) of every text below it, or one text
// with its own tokens from `begin` on, perhaps none (then begin == end, and no
// children).
struct PrefixNode {
  int64_t begin = 0;
  int64_t end = 0;
  size_t text = 0;  // the text, or one of those below
  std::vector<PrefixNode> children;
  int64_t tokens = 0;  // that the node and all below it compute

  bool is_segment() const { return end > begin; }
};

// Every text once, as leaf of one of the trees. A segment has at least
// `least` tokens and two texts below it. Children stand longest first, and so
// do the trees.
std::vector<PrefixNode> prefix_forest(const std::vector<PrefixText>& texts,
                                      int64_t least);

}  // namespace lethe
