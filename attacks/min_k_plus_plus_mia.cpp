// Min-K%++ membership inference: in a text that was trained on the tokens are
// likely beside the others that could stand there.
//
//   z_t = (log p(x_t) - mu_t) / sigma_t, mean and deviation of log p under p
//   score = mean of the max(1, int(k T)) lowest z_t; higher: a member
//
// Paper: Zhang et al. 2024, arXiv:2404.02936, equation 3. Peer: mink-plus-plus
// @ 5596c65; to 1e-3 relative. All statistics are float32 whatever the model's
// dtype: in bfloat16 the peer's variances go below 0. Where the model is
// certain, sigma goes to 0: the variance is at least min_variance, as
// open-unlearning @ d3d7cf9 has it (1e-6); min_variance=0 is the published
// form.
#include <algorithm>
#include <cmath>

#include "attacks/lowest.h"
#include "harness/base/registry.h"
#include "harness/plugin/attack.h"

namespace lethe {
namespace {

struct Options {
  double k = 0.2;              // share of the tokens, in (0, 1]
  double min_variance = 1e-6;  // nats^2, >= 0
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Options, k, min_variance)

class MinKPlusPlusMia final : public Probe {
 public:
  explicit MinKPlusPlusMia(const Json& json) : o_(parse<Options>(json)) {
    check_share(o_.k, "min_k_plus_plus_mia");
    if (!(o_.min_variance >= 0)) {
      fail_usage("min_k_plus_plus_mia",
                 fmt::format("min_variance is {}", o_.min_variance),
                 "give 0 or a small number, e.g. 1e-6");
    }
  }
  Needs needs() const override { return {.token_statistics = true}; }
  std::vector<std::string> metrics() const override {
    return {"auroc", "tpr_at_fpr"};
  }

  Observations ask(const Target& target,
                   const Examples& examples) const override {
    const auto statistics = target.statistics(examples);
    Observations all;
    for (size_t i = 0; i < examples.size(); ++i) {
      Observation seen = observe(examples[i]);
      seen.statistics = statistics[i];
      seen.score = mean_of_lowest(standardised(*statistics[i]), o_.k);
      all.push_back(std::move(seen));
    }
    return all;
  }

 private:
  std::vector<double> standardised(const TokenStatistics& s) const {
    const double least = std::sqrt(o_.min_variance);
    std::vector<double> z;
    for (size_t t = 0; t < s.count(); ++t) {
      const double distance = static_cast<double>(s.logprobs[t]) - s.mu[t];
      const double sigma = std::max(static_cast<double>(s.sigma[t]), least);
      z.push_back(sigma == 0 ? 0 : distance / sigma);  // all of p on one token
    }
    return z;
  }

  const Options o_;
};

[[maybe_unused]] const bool registered = Registry<Probe>::add<MinKPlusPlusMia>(
    {.name = "min_k_plus_plus_mia",
     .summary = "Lowest log-probs beside what could stand there.",
     .paper = "arXiv:2404.02936",
     .options = defaults<Options>()});

}  // namespace
}  // namespace lethe
