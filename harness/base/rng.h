// Counter-based random streams: the same numbers whatever the order, the
// thread or the restart (Philox4x32-10, Salmon et al. 2011).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace lethe {

// The Philox4x32-10 block function: 128 random bits of a counter under a key.
std::array<uint32_t, 4> philox4x32_10(std::array<uint32_t, 4> counter,
                                      std::array<uint32_t, 2> key);

// A stream named by (seed, name); number i of it never depends on the others.
class Rng {
 public:
  explicit Rng(uint64_t seed, const std::string& name = "");

  // The i-th 64 random bits of the stream. Frozen: records depend on them.
  uint64_t at(uint64_t i) const;
  // The next 64 bits (i = 0, 1, 2, ...).
  uint64_t next() { return at(position_++); }
  // Uniform in [0, 1), 53 bits.
  double uniform();
  // Uniform in [0, n), n > 0, without modulo bias.
  uint64_t below(uint64_t n);
  // Standard normal.
  double normal();
  // 0..n-1 in random order (Fisher-Yates).
  std::vector<int64_t> permutation(int64_t n);

 private:
  uint64_t key_;
  uint64_t position_ = 0;
};

}  // namespace lethe
