// MinHash: how alike two sets are, from a few numbers of each.
//
//   h_i(S) = min over x in S of mix(x, i);  P[h_i(A) = h_i(B)] = |A n B| / |A u
//   B|
//
// Source: Broder 1997, On the resemblance and containment of documents.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace lethe {

// 64 bits of some bytes or of a number under a seed, well mixed (FNV-1a, then
// SplitMix64's finaliser). Frozen: masks and records depend on them.
uint64_t mixed_hash(std::string_view bytes, uint64_t seed = 0);
uint64_t mixed_hash(uint64_t number, uint64_t seed);

// h_seed of the items, which need no order and may repeat; of none: 2^64 - 1.
uint64_t min_hash(std::span<const uint64_t> items, uint64_t seed);

// h_0 .. h_{n-1}: a signature.
std::vector<uint64_t> min_hashes(std::span<const uint64_t> items, size_t n);

}  // namespace lethe
