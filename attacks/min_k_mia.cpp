// Min-K% membership inference: in a text that was trained on even the least
// likely tokens are not very unlikely.
//
//   score = mean of the max(1, int(k T)) lowest log-probs [nats/token];
//           higher: a member
//
// Paper: Shi et al. 2023, arXiv:2310.16789, equation 1. Peer: mimir @ 1b6fd64,
// whose sign is the opposite, and open-unlearning @ d3d7cf9 (at least one
// token; mimir has no value for short texts); to 1e-3 relative.
#include "attacks/lowest.h"
#include "harness/base/registry.h"
#include "harness/plugin/attack.h"

namespace lethe {
namespace {

struct Options {
  double k = 0.2;  // share of the tokens, in (0, 1]
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Options, k)

class MinKMia final : public Probe {
 public:
  explicit MinKMia(const Json& json) : o_(parse<Options>(json)) {
    check_share(o_.k, "min_k_mia");
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
      const std::vector<float>& logprobs = statistics[i]->logprobs;
      Observation seen = observe(examples[i]);
      seen.statistics = statistics[i];
      seen.score = mean_of_lowest({logprobs.begin(), logprobs.end()}, o_.k);
      all.push_back(std::move(seen));
    }
    return all;
  }

 private:
  const Options o_;
};

[[maybe_unused]] const bool registered = Registry<Probe>::add<MinKMia>(
    {.name = "min_k_mia",
     .summary = "Mean log-prob of the least likely tokens.",
     .paper = "arXiv:2310.16789",
     .options = defaults<Options>()});

}  // namespace
}  // namespace lethe
