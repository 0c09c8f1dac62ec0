#include "metrics/truth.h"

#include <algorithm>
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

double Truth::ratio(double epsilon) const {
  return epsilon == 0 ? std::exp(log_wrong - log_right)
                      : std::exp(log_wrong) / (std::exp(log_right) + epsilon);
}

double Truth::right_share() const {
  return 1 / (1 + std::exp(log_wrong - log_right));
}

Truth truth_of(const Observation& seen, const TruthOptions& options) {
  const std::vector<double>& wrong = seen.numbers.at("perturbed_nll");
  const auto count = static_cast<double>(wrong.size());
  const bool geometric = options.mean == "geometric";
  const double least = *std::min_element(wrong.begin(), wrong.end());
  double sum = 0;  // arithmetic: beside the likeliest one
  for (const double nll : wrong) sum += geometric ? nll : std::exp(least - nll);
  return {-seen.numbers.at("answer_nll").front(),
          geometric ? -sum / count : std::log(sum / count) - least};
}

std::string epsilon_note(const Observations& rows, double epsilon) {
  for (const Observation& seen : rows) {
    const auto own = seen.numbers.find("epsilon");
    if (own == seen.numbers.end() || own->second.empty()) continue;
    if (!(own->second.front() >= 0) || own->second.front() == epsilon) continue;
    return fmt::format(
        "epsilon is {:g}; the harness that wrote the rows adds {:g}: "
        "epsilon={:g} gives its numbers",
        epsilon, own->second.front(), own->second.front());
  }
  return "";
}

}  // namespace lethe
