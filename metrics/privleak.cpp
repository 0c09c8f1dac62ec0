// PrivLeak: how far a membership score tells forgotten texts from texts that
// were never trained on, beside a retrained model, in percent. 0 is a retrained
// model; below, members are still found (-100: all of them); above, forgotten
// texts are conspicuously unlikely.
//
//   privleak = 100 ((1 - A) - (1 - A_ref)) / (1 - A_ref), A = auroc of members
//
// Paper: Shi et al. 2024, arXiv:2407.06460, section 3.3 (on min_k_mia, k 0.4).
// Peers: muse_bench, open-unlearning @ d3d7cf9, the definition (MUSE's AUC is
// 1 - A). There a missing reference is 0.5; here it must be named: --reference,
// or reference_auroc=0.5. The value explodes as A_ref goes to 1.
#include <cmath>

#include "harness/base/bootstrap.h"
#include "harness/base/ranks.h"
#include "harness/base/registry.h"
#include "harness/plugin/metric.h"

namespace lethe {
namespace {

struct Options {
  double reference_auroc = -1;  // of a retrained model; -1: from --reference
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Options, reference_auroc)

struct Scores {
  std::vector<double> members, others;

  explicit Scores(const Observations& observations) {
    for (const Observation& seen : observations) {
      (*seen.member ? members : others).push_back(seen.score);
    }
  }

  bool one_alone() const { return members.size() == 1 || others.size() == 1; }
  ResampledAuroc resampled() const {
    return ResampledAuroc(rank(members, others));
  }
};

double leak(double area, double reference) {
  return 100 * ((1 - area) - (1 - reference)) / (1 - reference);
}

// Resamples of separated classes are all alike: there the ends of the exact
// interval of the auroc, with the ends of the reference's. NaN where the
// reference's goes to 1.
Interval leak_interval(const Interval& area, double reference_low,
                       double reference_high) {
  const Interval found{leak(area.high, reference_low),
                       leak(area.low, reference_high), "clopper_pearson"};
  return std::isfinite(found.low) && std::isfinite(found.high) ? found
                                                               : no_interval();
}

class Privleak final : public Metric {
 public:
  explicit Privleak(const Json& json) : o_(parse<Options>(json)) {
    const double area = o_.reference_auroc;
    if (area != -1 && !(area >= 0 && area < 1)) {
      fail_usage("privleak", fmt::format("reference_auroc is {}", area),
                 "give a value from 0 to below 1, e.g. 0.5");
    }
  }

  MetricNeeds needs() const override {
    return {.member = true, .reference = o_.reference_auroc < 0};
  }
  std::string main_field() const override { return "privleak"; }
  std::vector<std::string> fields() const override {
    return {"privleak", "auroc", "reference_auroc"};
  }
  std::string unit_of(const std::string& field) const override {
    return field == "privleak" ? "percent" : unit();
  }

  Aggregate aggregate(const std::vector<Row>& /*rows*/,
                      const Observations& observations) const override {
    const Scores own(observations);
    Estimate reference = no_estimate(0, "");
    reference.value = o_.reference_auroc;
    Aggregate all = values(estimate_auroc(own.members, own.others), reference);
    Estimate& found = all.front().second;
    if (!found.reason.empty() || settled(own, found)) return all;
    if (all[1].second.value == 0 || all[1].second.value == 1) {
      found.ci95 =
          leak_interval(all[1].second.ci95, reference.value, reference.value);
      return all;
    }
    Draws draws(0);
    ResampledAuroc areas = own.resampled();
    found.ci95 = percentile_interval("bootstrap_stratified", [&] {
      return leak(areas.next(draws), o_.reference_auroc);
    });
    return all;
  }

  Aggregate compare(const std::vector<Row>& /*rows*/,
                    const Observations& observations,
                    const Observations& reference) const override {
    const Scores own(observations), theirs(reference);
    Aggregate all = values(estimate_auroc(own.members, own.others),
                           estimate_auroc(theirs.members, theirs.others, 1));
    Estimate& found = all.front().second;
    if (!found.reason.empty() || settled(own, found) ||
        settled(theirs, found)) {
      return all;
    }
    const Estimate& area = all[1].second;
    const Estimate& beside = all[2].second;
    if (area.value == 0 || area.value == 1 || beside.value == 0) {
      found.ci95 = leak_interval(area.ci95, beside.ci95.low, beside.ci95.high);
    } else {
      Draws draws(0);
      ResampledAuroc ours = own.resampled(), others = theirs.resampled();
      found.ci95 = percentile_interval("bootstrap_stratified", [&] {
        const double drawn = ours.next(draws);
        return leak(drawn, others.next(draws));
      });
    }
    if (std::isnan(found.ci95.low)) {
      found.note = "no interval: the reference's auroc may be 1";
    }
    return all;
  }

 private:
  static Aggregate values(const Estimate& own, const Estimate& reference) {
    Estimate all = no_estimate(own.n, own.reason);
    if (all.reason.empty()) all.reason = reference.reason;
    if (all.reason.empty() && reference.value == 1) {
      all.reason = "the reference's auroc is 1: nothing to divide by";
    }
    if (all.reason.empty()) all.value = leak(own.value, reference.value);
    return {{"privleak", all}, {"auroc", own}, {"reference_auroc", reference}};
  }

  // Whether a class has one item, whose resamples are all itself.
  static bool settled(const Scores& scores, Estimate& found) {
    if (!scores.one_alone()) return false;
    found.note = "no interval: a class has one item";
    return true;
  }

  const Options o_;
};

[[maybe_unused]] const bool registered = Registry<Metric>::add<Privleak>(
    {.name = "privleak",
     .summary = "Membership found beside a retrained model, in percent.",
     .paper = "arXiv:2407.06460",
     .options = defaults<Options>()});

}  // namespace
}  // namespace lethe
