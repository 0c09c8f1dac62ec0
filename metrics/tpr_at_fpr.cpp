// True-positive rate at a bounded false-positive rate: the share of members
// that a membership score finds while it accuses at most `fpr` of the others.
//
//   tpr = max over thresholds c with FPR(c) <= fpr of TPR(c)
//
// Paper: Carlini et al. 2022, arXiv:2112.03570. Peer: sklearn 1.9.1's
// roc_curve at its thresholds, 1e-9 (statistics_parity_test.cpp).
// Only thresholds that exist: nothing is interpolated between two of them, and
// equal scores are accused together or not at all. The bound is "at most";
// mimir takes "below" (metrics/README.md). FPR moves in steps of one over the
// number of others: with fewer than 1/fpr of them the bound allows no false
// positive, tpr is the share of members above every other, and the note says
// so.
#include "harness/base/registry.h"
#include "harness/plugin/metric.h"

namespace lethe {
namespace {

struct Options {
  double fpr = 0.01;  // the highest false-positive rate allowed, in [0, 1]
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Options, fpr)

class TprAtFpr final : public Metric {
 public:
  explicit TprAtFpr(const Json& json) : o_(parse<Options>(json)) {
    if (!(o_.fpr >= 0 && o_.fpr <= 1)) {
      fail_usage("tpr_at_fpr", fmt::format("fpr is {}", o_.fpr),
                 "give a rate in [0, 1], e.g. 0.01");
    }
  }

  MetricNeeds needs() const override { return {.member = true}; }
  std::string main_field() const override { return "tpr"; }
  std::vector<std::string> fields() const override { return {"tpr"}; }

  Aggregate aggregate(const std::vector<Row>& /*rows*/,
                      const Observations& observations) const override {
    std::vector<double> members;
    std::vector<double> others;
    for (const Observation& seen : observations) {
      (*seen.member ? members : others).push_back(seen.score);
    }
    return {{"tpr", estimate_tpr_at_fpr(members, others, o_.fpr)}};
  }

 private:
  const Options o_;
};

[[maybe_unused]] const bool registered = Registry<Metric>::add<TprAtFpr>(
    {.name = "tpr_at_fpr",
     .summary = "Members found at a false-positive rate of at most fpr; with "
                "fewer than 1/fpr non-members none may be accused.",
     .paper = "arXiv:2112.03570",
     .options = defaults<Options>()});

}  // namespace
}  // namespace lethe
