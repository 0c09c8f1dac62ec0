// Loss membership inference: a text that the model finds easy was probably in
// its training set.
//
//   score = mean log-prob [nats/token]; higher: a member
//
// Paper: Yeom et al. 2018, arXiv:1709.01604. Peer: mimir @ 1b6fd64, whose sign
// is the opposite; to 1e-3 relative.
#include "harness/base/registry.h"
#include "harness/plugin/attack.h"

namespace lethe {
namespace {

class LossMia final : public Probe {
 public:
  explicit LossMia(const Json& json) { reject_options(json); }
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
      seen.score = statistics[i]->mean_logprob();
      all.push_back(std::move(seen));
    }
    return all;
  }
};

[[maybe_unused]] const bool registered = Registry<Probe>::add<LossMia>(
    {.name = "loss_mia",
     .summary = "Membership by the mean log-prob of a text.",
     .paper = "arXiv:1709.01604"});

}  // namespace
}  // namespace lethe
