// A hash table from 64-bit keys to two 32-bit numbers: filled once, then read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace lethe {

// Open addressing with linear probing, at most half full: one cache miss for
// most look-ups. Pairs of token ids, code points and trie edges are its keys.
class FlatMap {
 public:
  struct Value {
    uint32_t first;
    uint32_t second;
  };

  FlatMap() : slots_(16, Slot{kEmpty, {}}), shift_(60) {}

  // Two 32-bit numbers as one key, e.g. the ids of neighbouring tokens.
  static uint64_t key(uint32_t high, uint32_t low) {
    return static_cast<uint64_t>(high) << 32 | low;
  }

  // A second value for a key replaces the first. REQUIRES: key is not ~0.
  void set(uint64_t key, Value value) {
    if (2 * size_ >= slots_.size()) grow();
    Slot& slot = slots_[index(key)];
    if (slot.key == kEmpty) ++size_;
    slot = {key, value};
  }

  // Null if the key was never set.
  const Value* find(uint64_t key) const {
    const Slot& slot = slots_[index(key)];
    return slot.key == kEmpty ? nullptr : &slot.value;
  }

  size_t size() const { return size_; }

 private:
  static constexpr uint64_t kEmpty = ~uint64_t{0};
  struct Slot {
    uint64_t key;
    Value value;
  };

  // Where the key is, or the free slot where it would go.
  size_t index(uint64_t key) const {
    // Fibonacci hashing: the top bits of a product with 2^64 / golden ratio.
    size_t i = (key * 0x9E3779B97F4A7C15u) >> shift_;
    while (slots_[i].key != key && slots_[i].key != kEmpty) {
      i = (i + 1) & (slots_.size() - 1);
    }
    return i;
  }

  void grow() {
    std::vector<Slot> old(2 * slots_.size(), Slot{kEmpty, {}});
    old.swap(slots_);
    --shift_;
    for (const Slot& slot : old) {
      if (slot.key != kEmpty) slots_[index(slot.key)] = slot;
    }
  }

  std::vector<Slot> slots_;  // a power of two
  int shift_;                // 64 - log2(slots)
  size_t size_ = 0;
};

}  // namespace lethe
