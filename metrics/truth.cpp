#include "metrics/truth.h"

#include <cmath>

#include "harness/base/error.h"
#include "harness/base/names.h"

namespace lethe {

void check(const TruthOptions& options, const std::string& who) {
  if (options.mean != "geometric" && options.mean != "arithmetic") {
    fail_usage(who, "mean is \"" + options.mean + "\"",
               suggest(options.mean, {"geometric", "arithmetic"}));
  }
  if (!(options.epsilon >= 0)) {
    fail_usage(who, fmt::format("epsilon is {}", options.epsilon),
               "give 0 or a small number, e.g. 1e-10");
  }
}

Truth truth_of(const Observation& seen, const TruthOptions& options) {
  const std::vector<double>& wrong = seen.numbers.at("perturbed_nll");
  const auto count = static_cast<double>(wrong.size());
  double sum = 0;
  for (const double nll : wrong) {
    sum += options.mean == "geometric" ? nll : std::exp(-nll);
  }
  return {std::exp(-seen.numbers.at("answer_nll").front()),
          options.mean == "geometric" ? std::exp(-sum / count) : sum / count};
}

}  // namespace lethe
