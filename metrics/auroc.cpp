// Area under the ROC curve of a membership score: the chance that a member's
// score is above a non-member's; ties count one half. 0.5 is a coin, and both
// tails tell: below 0.5 members look less likely than the rest.
//
//   auroc = (pairs won + pairs tied / 2) / (members * others)
//
// Paper: Hanley and McNeil 1982, "The meaning and use of the area under a
// receiver operating characteristic (ROC) curve". Peer: sklearn 1.9.1's
// roc_auc_score, 1e-9 (statistics_parity_test.cpp).
// The direction is the score's: every probe gives members the higher score.
#include "harness/base/registry.h"
#include "harness/plugin/metric.h"

namespace lethe {
namespace {

class Auroc final : public Metric {
 public:
  explicit Auroc(const Json& json) { reject_options(json); }

  MetricNeeds needs() const override { return {.member = true}; }
  std::string main_field() const override { return "auroc"; }
  std::vector<std::string> fields() const override { return {"auroc"}; }

  Aggregate aggregate(const std::vector<Row>& /*rows*/,
                      const Observations& observations) const override {
    std::vector<double> members;
    std::vector<double> others;
    for (const Observation& seen : observations) {
      (*seen.member ? members : others).push_back(seen.score);
    }
    return {{"auroc", estimate_auroc(members, others)}};
  }
};

[[maybe_unused]] const bool registered = Registry<Metric>::add<Auroc>(
    {.name = "auroc",
     .summary = "Chance that a member's score is above a non-member's.",
     .paper = "Hanley and McNeil 1982"});

}  // namespace
}  // namespace lethe
