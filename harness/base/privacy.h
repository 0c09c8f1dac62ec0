// How much differential privacy training with noise gives: Renyi DP of the
// Poisson-sampled Gaussian mechanism, composed and converted.
//
// One step draws every document with the chance `rate`, each by itself, adds up
// what they contribute (L2 norm at most C) and adds N(0, (noise C)^2) to every
// number. Two data sets are neighbours when one has a document more.
//
//   RDP at order a = log A(a) / (a - 1)
//   A(a) = E_{z ~ N(0, noise^2)} [((1 - rate) + rate e^{(2z-1)/(2 noise^2)})^a]
//   steps add up;  epsilon = min over orders of
//     rdp - (log delta + log a) / (a - 1) + log((a - 1) / a)
//
// Mironov, Talwar & Zhang 2019, arXiv:1908.10530, section 3.3 (whole orders by
// the binomial sum, others by two alternating series); the conversion is
// theorem 21 of Balle et al. 2019, arXiv:1905.09982. Peer: Opacus 1.5.4's
// RDPAccountant, epsilon to 1e-9 (privacy_parity_test.cpp), and dp-accounting
// 0.6.0, RDP at each order. Epsilon holds for real numbers and true randomness;
// it is an upper bound, at orders up to 63 not always a tight one.
#pragma once

#include <cstdint>
#include <vector>

namespace lethe {

// One step of the mechanism: rate in [0, 1], noise > 0 in units of the largest
// contribution.
struct NoisyStep {
  double rate = 0;
  double noise = 0;
};

// 1.1, 1.2 .. 10.9 and 12 .. 63, as Opacus has them.
std::vector<double> default_orders();

// RDP of one step at an order above 1, in nats; infinite where the order gives
// no bound. O(order) for whole ones, else up to some ten thousand terms.
double renyi_divergence(const NoisyStep& step, double order);

struct PrivacySpent {
  double epsilon = 0;  // nats, >= 0; infinite: no bound
  double order = 0;    // that gave it
};

// Adds up steps.
class PrivacyAccountant {
 public:
  explicit PrivacyAccountant(std::vector<double> orders = default_orders());

  // REQUIRES: steps >= 0.
  void add(const NoisyStep& step, int64_t steps);

  // REQUIRES: delta in (0, 1).
  PrivacySpent spent(double delta) const;

 private:
  std::vector<double> orders_;
  std::vector<double> rdp_;  // at each order
  int64_t steps_ = 0;
};

// What is to be spent.
struct PrivacyBudget {
  double epsilon = 0;
  double delta = 0;
};

// The least noise, to a relative 1e-9, with which so many steps at this rate
// spend at most the budget. Throws: usage error when a noise of a million does
// not do.
double noise_for(const PrivacyBudget& budget, double rate, int64_t steps);

}  // namespace lethe
