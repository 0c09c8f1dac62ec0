// The ids of words seen lately.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

namespace lethe {

// A table of fixed size, 2 MiB, in which a new word takes the place of an old
// one. Text repeats its short words, so long ones are not kept. Not safe in
// threads: each has its own.
class WordCache {
 public:
  WordCache() : slots_(kSlots) {}

  // Appends the word's ids; false if it is not there.
  bool find(std::string_view word, std::vector<int64_t>* ids) const {
    if (word.empty() || word.size() > kMaxBytes) return false;
    const Slot& slot = slots_[index(word)];
    if (slot.size != word.size() ||
        std::memcmp(slot.bytes.data(), word.data(), word.size()) != 0) {
      return false;
    }
    for (size_t i = 0; i < slot.count; ++i) ids->push_back(slot.ids[i]);
    return true;
  }

  // Keeps `count` ids, unless the word or its ids are too long.
  void keep(std::string_view word, const uint32_t* ids, size_t count) {
    if (word.empty() || word.size() > kMaxBytes || count > kMaxIds) return;
    Slot& slot = slots_[index(word)];
    slot.size = static_cast<uint8_t>(word.size());
    slot.count = static_cast<uint8_t>(count);
    std::memcpy(slot.bytes.data(), word.data(), word.size());
    for (size_t i = 0; i < count; ++i) slot.ids[i] = ids[i];
  }

 private:
  static constexpr size_t kSlots = size_t{1} << 15;
  static constexpr size_t kMaxBytes = 30;
  static constexpr size_t kMaxIds = 8;
  struct alignas(64) Slot {
    uint8_t size = 0;  // 0: free
    uint8_t count = 0;
    std::array<char, kMaxBytes> bytes;
    std::array<uint32_t, kMaxIds> ids;
  };
  static_assert(sizeof(Slot) == 64, "one cache line");

  // Eight bytes at a time, multiplied and folded.
  static size_t index(std::string_view word) {
    constexpr uint64_t kFactor = 0x9E3779B97F4A7C15u;
    uint64_t hash = word.size() * kFactor;
    const char* p = word.data();
    size_t left = word.size();
    for (; left > 8; p += 8, left -= 8) {
      uint64_t eight;
      std::memcpy(&eight, p, 8);
      hash = (hash ^ eight) * kFactor;
      hash ^= hash >> 32;
    }
    uint64_t rest = 0;
    std::memcpy(&rest, p, left);
    hash = (hash ^ rest) * kFactor;
    return (hash >> 40) & (kSlots - 1);
  }

  std::vector<Slot> slots_;
};

}  // namespace lethe
