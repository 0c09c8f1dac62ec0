// The truth ratio of an item, shared by the metrics that are made of it.
#pragma once

#include <string>

#include "harness/base/json.h"
#include "harness/base/observation.h"

namespace lethe {

// How answer_nll and perturbed_nll (mean nats a token) become one number.
struct TruthOptions {
  // Over the wrong answers: "geometric" (of their probabilities a token) or
  // "arithmetic".
  std::string mean = "geometric";
  // Added to the right answer's probability: open-unlearning's 1e-10, which
  // bounds the ratio; 0: nothing, as tofu's aggregation.
  double epsilon = 1e-10;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(TruthOptions, mean, epsilon)

// Throws: usage error when an option has no meaning; `who` names the metric.
void check(const TruthOptions& options, const std::string& who);

// The right answer's probability a token, and the mean of the wrong ones', as
// logarithms [nats]: of unlearnt models both can be below what a double holds.
struct Truth {
  double log_right, log_wrong;

  // Below 1: the right answer is the likelier one.
  double ratio(double epsilon) const;
  // right / (right + wrong).
  double right_share() const;
};

// REQUIRES: both numbers are there. NaN where they are not finite.
Truth truth_of(const Observation& seen, const TruthOptions& options);

// What a reader should know where rows come from a harness that adds another
// number to the divisor (their own `epsilon`); empty where none does.
std::string epsilon_note(const Observations& rows, double epsilon);

}  // namespace lethe
