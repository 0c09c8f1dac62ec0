#include "harness/score/prefix_tree.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace lethe {
namespace {

class Builder {
 public:
  Builder(const std::vector<PrefixText>& texts, int64_t least)
      : texts_(texts), least_(least), order_(texts.size()) {
    std::iota(order_.begin(), order_.end(), size_t{0});
    std::stable_sort(order_.begin(), order_.end(), [&](size_t a, size_t b) {
      const PrefixText &x = texts[a], &y = texts[b];
      return std::lexicographical_compare(x.ids, x.ids + x.size, y.ids,
                                          y.ids + y.size);
    });
    for (size_t i = 0; i + 1 < order_.size(); ++i) {
      common_.push_back(common(texts[order_[i]], texts[order_[i + 1]]));
    }
  }

  std::vector<PrefixNode> build() const {
    std::vector<PrefixNode> made;
    grow({0, texts_.size(), 0, 0}, &made);
    put_longest_first(&made);
    return made;
  }

 private:
  static int64_t common(const PrefixText& a, const PrefixText& b) {
    const int64_t most = std::min(a.shareable, b.shareable);
    return std::mismatch(a.ids, a.ids + most, b.ids).first - a.ids;
  }

  // The sorted texts [first, last), whose first `depth` tokens are in `level`
  // segments above.
  struct Part {
    size_t first, last;
    int64_t depth;
    int level;
  };

  static void put_longest_first(std::vector<PrefixNode>* nodes) {
    std::stable_sort(nodes->begin(), nodes->end(),
                     [](const PrefixNode& a, const PrefixNode& b) {
                       return a.tokens > b.tokens;
                     });
  }

  // Appends the part's trees.
  void grow(const Part& part, std::vector<PrefixNode>* made) const {
    if (part.first == part.last) return;
    const size_t text = order_[part.first];
    if (part.last - part.first == 1) {
      const int64_t own = texts_[text].size - part.depth;
      made->push_back({part.depth, part.depth, text, {}, own});
      return;
    }
    const int64_t shared = *std::min_element(common_.begin() + part.first,
                                             common_.begin() + part.last - 1);
    const int64_t length = shared - part.depth;
    if (length < least_ || part.level == kMaxLevels) {
      // Not worth a segment; groups that share more may be.
      const bool deeper = part.level < kMaxLevels;
      return split(part, deeper ? shared : kAll, part.depth, made);
    }
    PrefixNode node{part.depth, shared, text, {}, length};
    Part below = part;
    ++below.level;
    split(below, shared, shared, &node.children);
    put_longest_first(&node.children);
    for (const PrefixNode& child : node.children) node.tokens += child.tokens;
    made->push_back(std::move(node));
  }

  // Grows each group whose neighbours have more than `shared` tokens in common.
  void split(const Part& part, int64_t shared, int64_t depth,
             std::vector<PrefixNode>* made) const {
    size_t from = part.first;
    for (size_t i = part.first; i < part.last; ++i) {
      if (i + 1 < part.last && common_[i] > shared) continue;
      grow({from, i + 1, depth, part.level}, made);
      from = i + 1;
    }
  }

  static constexpr int kMaxLevels = 32;
  static constexpr int64_t kAll = std::numeric_limits<int64_t>::max();

  const std::vector<PrefixText>& texts_;
  const int64_t least_;
  std::vector<size_t> order_;
  std::vector<int64_t> common_;  // of neighbours in the order
};

}  // namespace

std::vector<PrefixNode> prefix_forest(const std::vector<PrefixText>& texts,
                                      int64_t least) {
  return Builder(texts, least).build();
}

}  // namespace lethe
