#include "harness/base/paired.h"

#include <algorithm>
#include <array>
#include <bit>
#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/non_central_t.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cassert>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

#include "harness/base/rng.h"

namespace lethe {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kZ = 1.959963984540054;        // normal quantile at 0.975
constexpr double kPowerZ = 0.8416212335729143;  // and at 0.8
constexpr size_t kExactFlips = 20;
constexpr int kRandomFlips = 9999;
constexpr double kTie = 1e-12;  // of all differences: sums that close are equal
constexpr size_t kByte = 8;

// The root of a rising function between low and high.
double root(const std::function<double(double)>& rising, double low,
            double high) {
  for (int step = 0; step < 200; ++step) {
    const double middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) break;
    (rising(middle) < 0 ? low : high) = middle;
  }
  return low + (high - low) / 2;
}

// Tango's score of a true difference: how many standard errors the observed one
// lies below it, with the shares that fit best under that difference.
double tango_score(double lost, double gained, double n, double truth) {
  const double b = -gained - lost + (2 * n - gained + lost) * truth;
  const double c = -lost * truth * (1 - truth);
  const double share =
      (std::sqrt(std::max(0.0, b * b - 8 * n * c)) - b) / (4 * n);
  const double variance = n * (2 * share + truth * (1 - truth));
  const double distance = n * truth - (gained - lost);
  if (variance <= 0) {
    return distance == 0 ? 0 : std::copysign(HUGE_VAL, distance);
  }
  return distance / std::sqrt(variance);
}

double total(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

// All sums of up to eight numbers with signs: bit i of the place is number i's.
std::array<double, 256> signed_sums(const std::vector<double>& numbers,
                                    size_t begin) {
  std::array<double, 256> sums = {};
  const size_t end = std::min(begin + kByte, numbers.size());
  for (size_t signs = 0; signs < sums.size(); ++signs) {
    for (size_t i = begin; i < end; ++i) {
      const bool minus = (signs >> (i - begin)) & 1;
      sums[signs] += minus ? -numbers[i] : numbers[i];
    }
  }
  return sums;
}

// Of all signs; the first number keeps its own, for the rest is symmetric.
double exact_flips(const std::vector<double>& numbers, double least) {
  std::vector<std::array<double, 256>> tables;
  for (size_t i = 0; i < numbers.size(); i += kByte) {
    tables.push_back(signed_sums(numbers, i));
  }
  const uint64_t all = uint64_t{1} << (numbers.size() - 1);
  uint64_t hits = 0;
  for (uint64_t half = 0; half < all; ++half) {
    uint64_t signs = half << 1;
    double sum = 0;
    for (const auto& table : tables) {
      sum += table[signs & 0xFF];
      signs >>= kByte;
    }
    hits += std::abs(sum) >= least ? 1 : 0;
  }
  return static_cast<double>(hits) / static_cast<double>(all);
}

double random_flips(const std::vector<double>& numbers, double least,
                    uint64_t seed) {
  std::vector<std::array<double, 256>> tables;
  for (size_t i = 0; i < numbers.size(); i += kByte) {
    tables.push_back(signed_sums(numbers, i));
  }
  Rng rng(seed, "sign_flip");
  int hits = 0;
  for (int flip = 0; flip < kRandomFlips; ++flip) {
    double sum = 0;
    uint64_t signs = 0;
    for (size_t t = 0; t < tables.size(); ++t) {
      signs = t % sizeof(uint64_t) == 0 ? rng.next() : signs >> kByte;
      sum += tables[t][signs & 0xFF];
    }
    hits += std::abs(sum) >= least ? 1 : 0;
  }
  return (1.0 + hits) / (1.0 + kRandomFlips);
}

// The power of a two-sided t test at level 0.05.
double t_power(double noncentrality, double freedom) {
  using boost::math::cdf;
  using boost::math::complement;
  const boost::math::students_t null(freedom);
  const double bound = quantile(complement(null, 0.025));
  const boost::math::non_central_t truth(freedom, noncentrality);
  return cdf(complement(truth, bound)) + cdf(truth, -bound);
}

}  // namespace

double mcnemar_exact(int64_t lost, int64_t gained) {
  assert(lost >= 0 && gained >= 0);
  if (lost + gained == 0) return 1;
  const boost::math::binomial coin(static_cast<double>(lost + gained), 0.5);
  return std::min(1.0,
                  2 * cdf(coin, static_cast<double>(std::min(lost, gained))));
}

double mcnemar_mid_p(int64_t lost, int64_t gained) {
  assert(lost >= 0 && gained >= 0);
  if (lost + gained == 0) return 1;
  const boost::math::binomial coin(static_cast<double>(lost + gained), 0.5);
  const auto fewer = static_cast<double>(std::min(lost, gained));
  if (lost == gained) return 1 - pdf(coin, fewer) / 2;
  return 2 * cdf(coin, fewer) - pdf(coin, fewer);
}

Interval tango(int64_t lost, int64_t gained, int64_t n) {
  assert(lost >= 0 && gained >= 0 && lost + gained <= n);
  if (n == 0) return no_interval();
  const auto fell = static_cast<double>(lost);
  const auto rose = static_cast<double>(gained);
  const auto items = static_cast<double>(n);
  const double seen = (rose - fell) / items;
  const auto score = [&](double truth) {
    return tango_score(fell, rose, items, truth);
  };
  return {
      lost == n ? -1 : root([&](double t) { return score(t) + kZ; }, -1, seen),
      gained == n ? 1 : root([&](double t) { return score(t) - kZ; }, seen, 1),
      "tango"};
}

SignFlip sign_flip(const std::vector<double>& differences, uint64_t seed) {
  const bool finite =
      std::all_of(differences.begin(), differences.end(),
                  [](double value) { return std::isfinite(value); });
  if (differences.empty() || !finite) return {kNaN, true};
  std::vector<double> changed;  // a sign of 0 changes nothing
  double size = 0;
  for (const double difference : differences) {
    if (difference != 0) changed.push_back(difference);
    size += std::abs(difference);
  }
  if (changed.empty()) return {1, true};
  const double least = std::abs(total(changed)) - kTie * size;
  if (changed.size() <= kExactFlips) return {exact_flips(changed, least), true};
  return {random_flips(changed, least, seed), false};
}

double cohens_dz(const std::vector<double>& differences) {
  const auto n = static_cast<double>(differences.size());
  const bool alike =
      std::all_of(differences.begin(), differences.end(),
                  [&](double d) { return d == differences.front(); });
  if (n < 2 || alike) return kNaN;
  const double error =
      ratio_error(differences, std::vector<double>(differences.size(), 1));
  return total(differences) / n / (error * std::sqrt(n));
}

double ratio_error(const std::vector<double>& numerators,
                   const std::vector<double>& denominators) {
  assert(numerators.size() == denominators.size());
  const auto m = static_cast<double>(numerators.size());
  const double weight = total(denominators);
  if (m < 2 || weight == 0) return kNaN;
  const double ratio = total(numerators) / weight;
  double squares = 0;
  for (size_t i = 0; i < numerators.size(); ++i) {
    const double rest = numerators[i] - ratio * denominators[i];
    squares += rest * rest;
  }
  return std::sqrt(squares * m / (m - 1)) / weight;
}

double detectable_mean(double error, int64_t n) {
  if (n < 2 || !(error >= 0)) return kNaN;
  const auto freedom = static_cast<double>(n - 1);
  const auto lacks = [&](double shift) {
    return t_power(shift, freedom) - 0.8;
  };
  double high = 4;  // of few items the t quantile is far out
  while (lacks(high) < 0) high *= 2;
  return root(lacks, 0, high) * error;
}

double detectable_share(int64_t changed, int64_t n) {
  if (n == 0) return kNaN;
  const auto items = static_cast<double>(n);
  const double share = static_cast<double>(changed) / items;
  const auto lacks = [&](double effect) {
    const double among = std::max(share, effect);
    const double needed =
        kZ * std::sqrt(among) + kPowerZ * std::sqrt(among - effect * effect);
    return items * effect * effect - needed * needed;
  };
  return lacks(1) < 0 ? kNaN : root(lacks, 0, 1);
}

double detectable_by_error(double error) { return (kZ + kPowerZ) * error; }

}  // namespace lethe
