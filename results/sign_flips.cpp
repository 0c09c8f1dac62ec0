#include "results/sign_flips.h"

#include <algorithm>
#include <cmath>

#include "harness/base/rng.h"

namespace lethe {
namespace {

constexpr size_t kMostExact = 13;  // items: 8,192 choices of signs
constexpr size_t kDraws = 10000;
constexpr size_t kBits = 64;

}  // namespace

SignFlips::SignFlips(size_t items)
    : items_(items),
      words_((items + kBits - 1) / kBits),
      exact_(items <= kMostExact) {
  const size_t draws = exact_ ? size_t{1} << items : kDraws + 1;
  signs_.assign(draws * words_, 0);  // draw 0: as they are
  Rng rng(0, "sign_flips");
  for (size_t i = words_; i < signs_.size(); ++i) {
    signs_[i] = exact_ ? i : rng.next();
  }
}

std::vector<double> SignFlips::sums(const std::vector<double>& values) const {
  if (words_ == 0) return {0.0};
  std::vector<double> all(signs_.size() / words_);
  for (size_t draw = 0; draw < all.size(); ++draw) {
    const uint64_t* signs = &signs_[draw * words_];
    double sum = 0;
    for (size_t i = 0; i < items_; ++i) {
      const bool flipped = (signs[i / kBits] >> (i % kBits)) & 1;
      sum += flipped ? -values[i] : values[i];
    }
    all[draw] = sum;
  }
  return all;
}

double SignFlips::p(const std::vector<double>& a,
                    const std::vector<double>& b) const {
  const double seen = std::fabs(a[0] - b[0]);
  // Sums of other orders differ in their last digits.
  const double slack = 1e-12 * (std::fabs(a[0]) + std::fabs(b[0]) + seen);
  size_t hits = 0;
  for (size_t draw = 0; draw < a.size(); ++draw) {
    hits += std::fabs(a[draw] - b[draw]) >= seen - slack ? 1 : 0;
  }
  // Drawn: draw 0 is the +1 of both.
  return static_cast<double>(hits) / static_cast<double>(a.size());
}

}  // namespace lethe
