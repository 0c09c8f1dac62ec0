#include "harness/base/minhash.h"

#include <algorithm>
#include <limits>

namespace lethe {
namespace {

// SplitMix64 (Steele, Lea, Flood 2014).
uint64_t finalised(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

constexpr uint64_t kGolden = 0x9e3779b97f4a7c15ULL;

}  // namespace

uint64_t mixed_hash(std::string_view bytes, uint64_t seed) {
  uint64_t fnv = 0xcbf29ce484222325ULL;
  for (const char c : bytes) {
    fnv = (fnv ^ static_cast<uint8_t>(c)) * 0x100000001b3ULL;
  }
  return mixed_hash(fnv, seed);
}

uint64_t mixed_hash(uint64_t number, uint64_t seed) {
  return finalised(number + finalised(seed + kGolden));
}

uint64_t min_hash(std::span<const uint64_t> items, uint64_t seed) {
  uint64_t least = std::numeric_limits<uint64_t>::max();
  const uint64_t offset = finalised(seed + kGolden);
  for (const uint64_t item : items) {
    least = std::min(least, finalised(item + offset));
  }
  return least;
}

std::vector<uint64_t> min_hashes(std::span<const uint64_t> items, size_t n) {
  std::vector<uint64_t> all(n);
  for (size_t i = 0; i < n; ++i) all[i] = min_hash(items, i);
  return all;
}

}  // namespace lethe
