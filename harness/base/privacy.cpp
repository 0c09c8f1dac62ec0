#include "harness/base/privacy.h"

#include <fmt/core.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>

#include "harness/base/error.h"

namespace lethe {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// log(e^x + e^y).
double log_add(double x, double y) {
  const double low = std::min(x, y), high = std::max(x, y);
  return std::isinf(low) ? high : high + std::log1p(std::exp(low - high));
}

// log(e^x - e^y); NaN when that is negative.
double log_subtract(double x, double y) {
  if (y == -kInfinity) return x;
  return x + std::log1p(-std::exp(y - x));
}

// log(erfc(x) / 2), where erfc itself is 0 by its asymptotic series.
double log_half_erfc(double x) {
  if (x < 25) return std::log(std::erfc(x) / 2);
  const double square = x * x, r = 1 / (2 * square);
  const double series = 1 - r * (1 - 3 * r * (1 - 5 * r * (1 - 7 * r)));
  return std::log(series / (2 * x * std::sqrt(std::numbers::pi))) - square;
}

// log A at a whole order, as log1p of the sum of
//   C(a, i) rate^i (1 - rate)^(a - i) (e^{(i^2 - i) / (2 noise^2)} - 1)
// over i >= 2: no term is negative, so that tiny rates lose no digits.
double log_moment_whole(const NoisyStep& s, double order) {
  const auto n = static_cast<int64_t>(order);
  const double log_in = std::log(s.rate), log_out = std::log1p(-s.rate);
  double log_sum = -kInfinity, log_binomial = std::log(order);
  for (int64_t i = 2; i <= n; ++i) {
    const auto k = static_cast<double>(i);
    log_binomial += std::log((order - k + 1) / k);
    const double exponent = (k * k - k) / (2 * s.noise * s.noise);
    // log(e^x - 1), of large ones without overflow.
    const double above = exponent > 30
                             ? exponent + std::log1p(-std::exp(-exponent))
                             : std::log(std::expm1(exponent));
    log_sum = log_add(
        log_sum, log_binomial + k * log_in + (order - k) * log_out + above);
  }
  return log_add(0, log_sum);
}

// log A at any order: the integral on both sides of the place where the two
// densities of the mixture are equal, each a series. It ends at terms below
// e^-30, where the peers end theirs; they alternate, so that no more is left.
double log_moment_between(const NoisyStep& s, double order) {
  constexpr int64_t kMostTerms = 1'000'000;
  const double variance = s.noise * s.noise;
  const double log_in = std::log(s.rate), log_out = std::log1p(-s.rate);
  const double border = variance * std::log(1 / s.rate - 1) + 0.5;
  const double width = std::numbers::sqrt2 * s.noise;
  double log_left = -kInfinity, log_right = -kInfinity;
  double log_binomial = 0;
  bool positive = true;
  for (int64_t term = 0; term < kMostTerms; ++term) {
    const auto i = static_cast<double>(term);
    const double j = order - i;
    const double left = log_binomial + i * log_in + j * log_out +
                        (i * i - i) / (2 * variance) +
                        log_half_erfc((i - border) / width);
    const double right = log_binomial + j * log_in + i * log_out +
                         (j * j - j) / (2 * variance) +
                         log_half_erfc((border - j) / width);
    log_left =
        positive ? log_add(log_left, left) : log_subtract(log_left, left);
    log_right =
        positive ? log_add(log_right, right) : log_subtract(log_right, right);
    if (std::max(left, right) < -30) return log_add(log_left, log_right);
    log_binomial += std::log(std::abs(j) / (i + 1));
    positive = positive == (j > 0);
  }
  return kInfinity;
}

}  // namespace

std::vector<double> default_orders() {
  std::vector<double> orders;
  for (int tenth = 1; tenth < 100; ++tenth) orders.push_back(1 + tenth / 10.0);
  for (int order = 12; order < 64; ++order) orders.push_back(order);
  return orders;
}

double renyi_divergence(const NoisyStep& s, double order) {
  assert(order > 1);
  if (s.rate == 0) return 0;
  if (s.noise == 0 || std::isinf(order)) return kInfinity;
  if (s.rate == 1) return order / (2 * s.noise * s.noise);
  const double log_moment = order == std::floor(order)
                                ? log_moment_whole(s, order)
                                : log_moment_between(s, order);
  // A is at least 1: what is clearly less, or no number, lost its digits.
  if (!(log_moment > -1e-9)) return kInfinity;
  return log_moment / (order - 1);
}

PrivacyAccountant::PrivacyAccountant(std::vector<double> orders)
    : orders_(std::move(orders)), rdp_(orders_.size()) {}

void PrivacyAccountant::add(const NoisyStep& step, int64_t steps) {
  assert(steps >= 0);
  if (steps == 0) return;
  steps_ += steps;
  for (size_t i = 0; i < orders_.size(); ++i) {
    rdp_[i] += static_cast<double>(steps) * renyi_divergence(step, orders_[i]);
  }
}

PrivacySpent PrivacyAccountant::spent(double delta) const {
  assert(delta > 0 && delta < 1);
  if (steps_ == 0) return {};
  PrivacySpent least{kInfinity, 0};
  for (size_t i = 0; i < orders_.size(); ++i) {
    const double order = orders_[i];
    const double epsilon = rdp_[i] -
                           (std::log(delta) + std::log(order)) / (order - 1) +
                           std::log1p(-1 / order);
    if (epsilon < least.epsilon) least = {std::max(0.0, epsilon), order};
  }
  return least;
}

double noise_for(const PrivacyBudget& budget, double rate, int64_t steps) {
  const auto fits = [&](double noise) {
    PrivacyAccountant accountant;
    accountant.add({rate, noise}, steps);
    return accountant.spent(budget.delta).epsilon <= budget.epsilon;
  };
  double high = 1;
  while (!fits(high)) {
    high *= 2;
    if (high > 1e6) {
      fail_usage("privacy",
                 fmt::format("no noise makes {} steps at rate {} spend "
                             "epsilon {} at delta {}",
                             steps, rate, budget.epsilon, budget.delta),
                 "give a larger epsilon or delta, or fewer steps");
    }
  }
  double low = high / 2;
  while (low > 1e-3 && fits(low)) {
    high = low;
    low /= 2;
  }
  while (high - low > 1e-9 * high) {
    const double middle = (low + high) / 2;
    (fits(middle) ? high : low) = middle;
  }
  return high;
}

}  // namespace lethe
