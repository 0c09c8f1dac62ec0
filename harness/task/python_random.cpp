#include "harness/task/python_random.h"

#include <bit>
#include <cmath>
#include <numeric>
#include <unordered_set>

namespace lethe {

PythonRandom::PythonRandom(uint32_t seed) {
  constexpr size_t n = 624;
  auto& s = state_;
  s[0] = 19650218u;
  for (size_t i = 1; i < n; ++i) {
    s[i] =
        1812433253u * (s[i - 1] ^ (s[i - 1] >> 30)) + static_cast<uint32_t>(i);
  }
  size_t i = 1;  // the key is the seed alone
  for (size_t k = n; k > 0; --k) {
    s[i] = (s[i] ^ ((s[i - 1] ^ (s[i - 1] >> 30)) * 1664525u)) + seed;
    if (++i == n) s[0] = s[n - 1], i = 1;
  }
  for (size_t k = n - 1; k > 0; --k) {
    s[i] = (s[i] ^ ((s[i - 1] ^ (s[i - 1] >> 30)) * 1566083941u)) -
           static_cast<uint32_t>(i);
    if (++i == n) s[0] = s[n - 1], i = 1;
  }
  s[0] = 0x80000000u;
}

void PythonRandom::refill() {
  constexpr size_t n = 624, m = 397;
  auto& s = state_;
  for (size_t i = 0; i < n; ++i) {
    const uint32_t y = (s[i] & 0x80000000u) | (s[(i + 1) % n] & 0x7fffffffu);
    s[i] = s[(i + m) % n] ^ (y >> 1) ^ ((y & 1) != 0 ? 0x9908b0dfu : 0u);
  }
  at_ = 0;
}

uint32_t PythonRandom::next() {
  if (at_ == state_.size()) refill();
  uint32_t y = state_[at_++];
  y ^= y >> 11;
  y ^= (y << 7) & 0x9d2c5680u;
  y ^= (y << 15) & 0xefc60000u;
  return y ^ (y >> 18);
}

double PythonRandom::uniform() {
  const uint32_t a = next() >> 5, b = next() >> 6;
  return (a * 67108864.0 + b) * (1.0 / 9007199254740992.0);
}

int64_t PythonRandom::below(int64_t n) {
  const int bits = std::bit_width(static_cast<uint64_t>(n));
  int64_t r;
  do {
    r = next() >> (32 - bits);
  } while (r >= n);
  return r;
}

// Small pools are shuffled in part, large ones drawn from until new.
std::vector<int64_t> PythonRandom::sample(int64_t n, int64_t k) {
  int64_t set_size = 21;
  if (k > 5) {
    set_size += static_cast<int64_t>(std::pow(
        4.0,
        std::ceil(std::log(3.0 * static_cast<double>(k)) / std::log(4.0))));
  }
  std::vector<int64_t> drawn;
  if (n <= set_size) {
    std::vector<int64_t> pool(static_cast<size_t>(n));
    std::iota(pool.begin(), pool.end(), int64_t{0});
    for (int64_t i = 0; i < k; ++i) {
      const auto j = static_cast<size_t>(below(n - i));
      drawn.push_back(pool[j]);
      pool[j] = pool[static_cast<size_t>(n - i - 1)];
    }
    return drawn;
  }
  std::unordered_set<int64_t> seen;
  while (static_cast<int64_t>(drawn.size()) < k) {
    const int64_t j = below(n);
    if (seen.insert(j).second) drawn.push_back(j);
  }
  return drawn;
}

}  // namespace lethe
