#include "harness/base/rng.h"

#include <cassert>
#include <cmath>
#include <numbers>
#include <numeric>
#include <utility>

namespace lethe {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr uint32_t low_half(uint64_t x) { return static_cast<uint32_t>(x); }
constexpr uint32_t high_half(uint64_t x) {
  return static_cast<uint32_t>(x >> 32);
}
constexpr uint64_t join(uint32_t low, uint32_t high) {
  return static_cast<uint64_t>(high) << 32 | low;
}

// 64-bit FNV-1a: std::hash may differ between libraries, this may not.
uint64_t stable_hash(const std::string& name) {
  uint64_t hash = 0xCBF29CE484222325;
  for (const char c : name) {
    hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001B3;
  }
  return hash;
}

}  // namespace

std::array<uint32_t, 4> philox4x32_10(std::array<uint32_t, 4> counter,
                                      std::array<uint32_t, 2> key) {
  // Multipliers and key increments are the paper's.
  for (int round = 0; round < 10; ++round) {
    const uint64_t even = uint64_t{0xD2511F53} * counter[0];
    const uint64_t odd = uint64_t{0xCD9E8D57} * counter[2];
    counter = {high_half(odd) ^ counter[1] ^ key[0], low_half(odd),
               high_half(even) ^ counter[3] ^ key[1], low_half(even)};
    key[0] += 0x9E3779B9;
    key[1] += 0xBB67AE85;
  }
  return counter;
}

// The name is the counter of one block under the seed, so that neither nearby
// seeds nor nearby names give related keys.
Rng::Rng(uint64_t seed, const std::string& name) {
  const uint64_t hash = stable_hash(name);
  const auto block = philox4x32_10({low_half(hash), high_half(hash), 0, 0},
                                   {low_half(seed), high_half(seed)});
  key_ = join(block[0], block[1]);
}

uint64_t Rng::at(uint64_t i) const {
  const auto block = philox4x32_10({low_half(i), high_half(i), 0, 0},
                                   {low_half(key_), high_half(key_)});
  return join(block[0], block[1]);
}

double Rng::uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

// Lemire 2019, arXiv:1805.10941: the high word of a product, redrawn in the
// few cases that would favour small results.
uint64_t Rng::below(uint64_t n) {
  assert(n > 0);
  Wide product = static_cast<Wide>(next()) * n;
  if (static_cast<uint64_t>(product) < n) {
    const uint64_t redraw = (0 - n) % n;
    while (static_cast<uint64_t>(product) < redraw) {
      product = static_cast<Wide>(next()) * n;
    }
  }
  return static_cast<uint64_t>(product >> 64);
}

// Box and Muller, with the cosine only: every call takes two numbers.
double Rng::normal() {
  const double radius = std::sqrt(-2 * std::log1p(-uniform()));
  return radius * std::cos(2 * std::numbers::pi * uniform());
}

std::vector<int64_t> Rng::permutation(int64_t n) {
  std::vector<int64_t> order(static_cast<size_t>(n));
  std::iota(order.begin(), order.end(), int64_t{0});
  for (size_t left = order.size(); left > 1; --left) {
    std::swap(order[left - 1], order[below(left)]);
  }
  return order;
}

}  // namespace lethe
