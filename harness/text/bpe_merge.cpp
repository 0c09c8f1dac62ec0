#include "harness/text/bpe_merge.h"

#include <algorithm>
#include <functional>

#include "harness/base/error.h"

namespace lethe {
namespace {

constexpr uint32_t kNone = ~uint32_t{0};

// Room for symbols that is given back after a long word.
constexpr size_t kKept = size_t{1} << 16;

// Up to this many symbols a scan for the lowest rank beats a queue.
constexpr size_t kShort = 64;

// A word of a few symbols, kept without gaps.
class ShortWord {
 public:
  ShortWord(const MergeTable& merges, std::vector<uint32_t>* ids)
      : merges_(merges), ids_(ids->data()), size_(ids->size()) {
    for (size_t i = 0; i < size_; ++i) look_up(i);
  }

  // The number of ids left.
  size_t merge() {
    while (size_ > 1) {
      const size_t best = lowest_rank();
      if (ranks_[best] == kNone) break;
      ids_[best] = products_[best];
      erase(best + 1);
      look_up(best);
      if (best > 0) look_up(best - 1);
    }
    return size_;
  }

 private:
  // Finds the merge of the symbol at `i` with the one after it.
  void look_up(size_t i) {
    ranks_[i] = kNone;
    if (i + 1 == size_) return;
    const auto* found = merges_.find(FlatMap::key(ids_[i], ids_[i + 1]));
    if (!found) return;
    ranks_[i] = found->first;
    products_[i] = found->second;
  }

  size_t lowest_rank() const {
    size_t best = 0;
    for (size_t i = 1; i + 1 < size_; ++i) {
      if (ranks_[i] < ranks_[best]) best = i;
    }
    return best;
  }

  void erase(size_t i) {
    std::copy(ids_ + i + 1, ids_ + size_, ids_ + i);
    std::copy(ranks_ + i + 1, ranks_ + size_, ranks_ + i);
    std::copy(products_ + i + 1, products_ + size_, products_ + i);
    --size_;
  }

  const MergeTable& merges_;
  uint32_t* const ids_;
  size_t size_;
  uint32_t ranks_[kShort];
  uint32_t products_[kShort] = {};
};

// A word of any length: a linked list, and a queue of (rank, position) in which
// entries that a merge made out of date are skipped when they come up.
class LongWord {
 public:
  LongWord(const MergeTable& merges, MergeMemory* memory)
      : merges_(merges), symbols_(memory->symbols), queue_(memory->queue) {}

  void merge(std::vector<uint32_t>* ids) {
    fill(*ids);
    while (!queue_.empty()) {
      std::pop_heap(queue_.begin(), queue_.end(), std::greater<>());
      const auto rank = static_cast<uint32_t>(queue_.back() >> 32);
      const auto position = static_cast<uint32_t>(queue_.back());
      queue_.pop_back();
      if (symbols_[position].rank == rank) merge_at(position);
    }
    ids->clear();
    for (uint32_t i = 0; i != kNone; i = symbols_[i].next) {
      ids->push_back(symbols_[i].id);
    }
  }

 private:
  void fill(const std::vector<uint32_t>& ids) {
    symbols_.clear();
    queue_.clear();
    for (uint32_t i = 0; i < ids.size(); ++i) {
      symbols_.push_back({ids[i], kNone, 0, i - 1, i + 1});
    }
    symbols_.back().next = kNone;
    for (uint32_t i = 0; i < ids.size(); ++i) look_up(i);
    std::make_heap(queue_.begin(), queue_.end(), std::greater<>());
  }

  // Appends the pair at `i` to the queue's storage if it can merge.
  bool look_up(uint32_t i) {
    auto& symbol = symbols_[i];
    symbol.rank = kNone;
    if (symbol.next == kNone) return false;
    const auto* found =
        merges_.find(FlatMap::key(symbol.id, symbols_[symbol.next].id));
    if (!found) return false;
    symbol.rank = found->first;
    symbol.product = found->second;
    queue_.push_back(FlatMap::key(symbol.rank, i));
    return true;
  }

  void queue_pair(uint32_t i) {
    if (look_up(i)) {
      std::push_heap(queue_.begin(), queue_.end(), std::greater<>());
    }
  }

  void merge_at(uint32_t i) {
    auto& left = symbols_[i];
    auto& right = symbols_[left.next];
    left.id = left.product;
    right.rank = kNone;  // its queue entry is out of date
    left.next = right.next;
    if (left.next != kNone) symbols_[left.next].previous = i;
    queue_pair(i);
    if (left.previous != kNone) queue_pair(left.previous);
  }

  const MergeTable& merges_;
  std::vector<MergeMemory::Symbol>& symbols_;
  std::vector<uint64_t>& queue_;
};

}  // namespace

void merge_pairs(const MergeTable& merges, MergeMemory* memory,
                 std::vector<uint32_t>* ids) {
  if (ids->size() < 2) return;
  if (ids->size() <= kShort) {
    ids->resize(ShortWord(merges, ids).merge());
    return;
  }
  if (ids->size() >= kNone) {
    fail_input("tokenizer", "a word has more than 2^32 - 2 characters",
               "split the text");
  }
  LongWord(merges, memory).merge(ids);
  if (memory->symbols.capacity() > kKept) *memory = {};
}

}  // namespace lethe
